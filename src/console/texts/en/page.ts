/** What many pages say. `notices` say what the page before has done. */
export const pageTexts = {
  description: 'Sign-in and to-dos at the edge.',
  skip: 'Skip to the content',
  language: 'Language',
  docs: 'API reference',
  save: 'Save',
  cancel: 'Cancel',
  firstPage: 'First page',
  nextPage: 'Next page',
  nav: { label: 'Console', todos: 'To-dos', account: 'Account', signOut: 'Sign out' },
  errorTitle: 'That did not work',
  back: 'Back to the start',

  notices: {
    welcome: 'Your account has been created. You are signed in.',
    signed_out: 'You are signed out.',
    added: 'Added.',
    saved: 'Saved.',
    deleted: 'Deleted.',
    restored: 'Restored.',
    changed: 'It was changed elsewhere. This is the current version.',
    contact_saved: 'Saved. You can now sign in with it.',
    contact_removed: 'Removed.',
    password_changed: 'Your password was changed. All your other devices are signed out.',
    session_ended: 'The session has ended.',
    sessions_ended: 'All other sessions have ended.',
    identity_connected: (provider: string) => `${provider} is connected. You can sign in with it from now on.`,
    identity_not_connected: (provider: string) =>
      `You are signed in. ${provider} could not be connected; you can try it again on the account page.`,
    identity_removed: (provider: string) => `${provider} is removed. It does not sign you in any more.`,
    account_deleted: 'Your account and everything in it was deleted.',
  },
}
