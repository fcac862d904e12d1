import type { lookTexts as English } from '../en/look'

export const lookTexts: typeof English = {
  look: {
    menu: '메뉴',
    theme: '화면 테마',
    themes: { light: '밝게', dark: '어둡게', system: '시스템 설정' },
  },
}
