/** The panel in which a to-do is edited. */
export const panelTexts = {
  panel: {
    back: 'Back to the list',
    close: 'Close',
    saving: 'Saving…',
    saved: 'Saved',
    unsaved: 'Not saved. Trying again…',
    notSaved: 'Not saved yet',
    tryAgain: 'Try again now',
    signedOut: 'You are signed out. What you typed is kept here.',
    signIn: 'Sign in again',
    draft: 'This was not saved the last time:',
    useDraft: 'Save it now',
    dropDraft: 'Throw it away',
    gone: 'It was deleted elsewhere. You can copy what you typed, or make a new to-do of it.',
    makeNew: 'Make a new to-do of it',
    dueQuick: { today: 'Today', tomorrow: 'Tomorrow', week: 'Next week', none: 'No date' },
    wholeDay: 'Empty for the whole day.',
    newLabels: 'New labels',
    facts: 'History',
    created: 'Created',
  },
}
