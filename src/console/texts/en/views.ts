/** The texts of the views: what is due today, what is coming up, all and done. */
export const viewTexts = {
  views: {
    more: 'Load more',
    moreFailed: 'This did not load. Try again',
  },
}
