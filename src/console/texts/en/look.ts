/** The menu of the pages, and their colours. */
export const lookTexts = {
  look: {
    menu: 'Menu',
    theme: 'Theme',
    themes: { light: 'Light', dark: 'Dark', system: 'System' },
  },
}
