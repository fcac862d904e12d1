import type { viewTexts as English } from '../en/views'

export const viewTexts: typeof English = {
  views: {
    more: '더 보기',
    moreFailed: '불러오지 못했습니다. 다시 시도',
  },
}
