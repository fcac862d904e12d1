/** The texts of the views: what is due today, what is coming up, all and done. */
export const viewTexts = {
  views: {
    label: 'Views',
    today: 'Today',
    overdue: 'Overdue',
    upcoming: 'Upcoming',
    all: 'All',
    done: 'Done',
    tomorrow: 'Tomorrow',
    yesterday: 'Yesterday',
    /** How long the name of a day is on a chip. */
    weekday: 'short' as 'short' | 'long',
    more: 'Load more',
    moreFailed: 'This did not load. Try again',
    showDone: 'Show what is done',
    nothingMoreToday: 'Nothing more is due today.',
    nothingToday: 'Nothing is due today.',
    comingUp: (count: number) => (count === 1 ? 'One is coming up' : `${count} are coming up`),
    openOnes: (count: number) => (count === 1 ? 'See the one that is open' : `See the ${count} that are open`),
    nothingOverdue: 'Nothing is overdue.',
    nothingUpcoming: 'Nothing is coming up. Add something with a day, such as “call mum tomorrow 5pm”.',
    nothingDone: 'Nothing is done yet. What you complete shows here.',
    emptyList: 'Nothing is to be done in this list. Add something above.',
  },
}
