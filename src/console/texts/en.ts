import type { ActivityEntry } from '../../activity/schemas'
import { type ErrorCode, errorCodes, type FieldError } from '../../errors'

/** Where the title of a problem speaks to who writes a client. */
const problems: Partial<Record<ErrorCode, string>> = {
  malformed_json: 'The form could not be read',
  unsupported_media_type: 'The form could not be read',
  invalid_fields: 'Something is not right yet',
  precondition_failed: 'It was changed elsewhere',
  invalid_verification_token: 'The code is no longer good; ask for another one',
  fresh_proof_required: 'Type your password, or sign in again, to show that it is you',
}

const count = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? '' : 's'}`

const inSeconds = (seconds: number): string =>
  seconds < 120 ? count(seconds, 'second') : count(Math.ceil(seconds / 60), 'minute')

const events: Record<ActivityEntry['event'], (entry: ActivityEntry) => string> = {
  sign_up: () => 'The account was created',
  log_in: ({ by }) => (by === 'code' ? 'Signed in with a code' : 'Signed in with a password'),
  log_in_failed: () => 'Somebody tried to sign in with a wrong password',
  new_device: () => 'A new device signed in',
  code_sent: ({ channel, outcome }) =>
    `A code ${outcome === 'failed' ? 'could not be sent' : 'was sent'} by ${channel === 'sms' ? 'text message' : 'e-mail'}`,
  password_changed: () => 'The password was changed',
  contact_changed: ({ channel, change }) =>
    `The ${channel === 'sms' ? 'mobile number' : 'e-mail address'} was ${change === 'removed' ? 'removed' : 'set'}`,
  username_changed: () => 'The user name was changed',
  proof_failed: () => 'A wrong current password was entered',
  session_ended: () => 'A session was ended',
  refresh_reused: () => 'A session was used from two places, and was ended for your safety',
  export: () => 'Everything was exported',
  deletion_asked: () => 'Somebody tried to delete the account',
}

/** What the pages say in English. */
export const en = {
  description: 'Sign-in and to-dos at the edge.',
  skip: 'Skip to the content',
  language: 'Language',
  docs: 'API reference',
  save: 'Save',
  cancel: 'Cancel',
  nav: { label: 'Console', todos: 'To-dos', account: 'Account', signOut: 'Sign out' },

  signIn: {
    title: 'Sign in',
    intro: 'We send you a six-digit code. If you are new here, it also creates your account.',
    recipient: 'E-mail address or mobile number',
    submit: 'Send me a code',
    byPassword: 'Use a password instead',
    byCode: 'Use a code instead',
    signUp: 'Sign up with a user name',
    identifier: 'User name, e-mail address or mobile number',
    password: 'Password',
    forgotten: 'Forgotten it? Sign in with a code instead, then set a new one.',
  },
  code: {
    title: 'Enter the code',
    sent: (to: string) => `If ${to} can be reached, a code is on its way. It is valid for five minutes.`,
    label: 'Six-digit code',
    submit: 'Continue',
    resend: 'Send another code',
    resendHint: 'At most one a minute. Only the newest works.',
    change: 'Use another address or number',
    outbox: 'Nothing is sent on this computer. Your code:',
    outboxEmpty: 'The message is not here yet. Load this page again.',
  },
  signUp: {
    title: 'Sign up',
    intro: 'You can add an e-mail address or a mobile number later.',
    username: 'User name',
    usernameHint: '3 to 32 of a–z, 0–9, ".", "_" and "-", at least one of them a letter.',
    password: 'Password',
    passwordHint: (minLength: number) => `At least ${minLength} characters. Any will do.`,
    submit: 'Create account',
    known: 'Sign in instead',
  },
  resume: { title: 'One moment', text: 'You are being signed in again.', go: 'Continue' },

  todos: {
    title: 'To-dos',
    add: 'Add',
    new: 'New to-do',
    contents: 'What is to be done',
    description: 'Description',
    priority: 'Priority',
    labels: 'Labels',
    labelsHint: 'Separated by commas; at most ten.',
    due: 'Due',
    dueHint: 'Date and time in UTC.',
    isDone: 'Done',
    edit: 'Edit to-do',
    delete: 'Delete',
    undo: 'Undo',
    complete: (contents: string) => `Complete: ${contents}`,
    reopen: (contents: string) => `Open again: ${contents}`,
    deleteNamed: (contents: string) => `Delete: ${contents}`,
    priorities: { none: 'None', low: 'Low', medium: 'Medium', high: 'High', urgent: 'Urgent' },
    find: 'Find',
    search: 'Search',
    show: 'Show',
    state: 'State',
    states: { all: 'All', open: 'Open', done: 'Done' },
    anyPriority: 'Any',
    label: 'Label',
    sort: 'Sort by',
    sorts: {
      'createdAt.DESC': 'Newest first',
      'createdAt.ASC': 'Oldest first',
      'dueAt.ASC': 'Due soonest',
      'priority.DESC': 'Most urgent',
      'updatedAt.DESC': 'Changed last',
    },
    reset: 'Show all',
    filters: 'Filter and sort',
    list: 'Your to-dos',
    empty: 'Nothing to do yet. Add the first one above.',
    none: 'Nothing here matches.',
    older: 'Next page',
    first: 'First page',
    changed: 'Changed',
    conflict: 'It was changed elsewhere',
    conflictText: 'Nothing is lost: here are both versions. Save yours, or keep the other one.',
    yours: 'What you typed',
    theirs: 'How it stands now',
    keepTheirs: 'Keep the other version',
    keepYours: 'Save what I typed',
  },

  account: {
    title: 'Account',
    notSet: 'Not set',
    isSet: 'Set',
    profile: 'Profile',
    name: 'Name',
    nickname: 'Nickname',
    ways: 'Ways to sign in',
    security: 'Security',
    data: 'Your data',
    export: 'Download your data',
  },
  contacts: {
    hint: 'A six-digit code is sent there. The contacts that you have now are told of the change.',
    email: { title: 'E-mail address', new: 'New e-mail address', remove: 'Remove the e-mail address' },
    phone: { title: 'Mobile number', new: 'New mobile number', remove: 'Remove the mobile number' },
  },
  password: {
    change: 'Change the password',
    first: 'Set a password',
    intro: 'It signs out all your other devices.',
    new: 'New password',
  },
  proof: {
    title: 'Show that it is you',
    byPassword: 'You signed in more than ten minutes ago. Type your password to continue.',
    bySignIn:
      'You signed in more than ten minutes ago. Sign in again with a code to continue. It brings you back here.',
    currentPassword: 'Current password',
    signIn: 'Sign in again',
  },
  devices: {
    title: 'Devices',
    unknown: 'Unknown device',
    current: 'This device',
    createdAt: 'Signed in',
    lastSeenAt: 'Last seen',
    end: 'End this session',
    endOthers: 'End all other sessions',
  },
  activity: {
    title: 'Activity',
    intro: 'The last 90 days, newest first. If something here was not you, end that session and change your password.',
    events,
  },
  deletion: {
    title: 'Delete the account',
    text: 'Your profile, your contacts, all to-dos and the activity are deleted, and all devices are signed out. None of it can be brought back.',
    confirm: 'Yes, delete my account and everything in it',
  },

  notices: {
    welcome: 'Your account has been created. You are signed in.',
    signed_out: 'You are signed out.',
    added: 'Added.',
    saved: 'Saved.',
    deleted: 'Deleted.',
    restored: 'It is back.',
    changed: 'It was changed elsewhere. This is how it stands now.',
    contact_saved: 'Saved. You can now sign in with it.',
    contact_removed: 'Removed.',
    password_changed: 'Your password was changed. All your other devices are signed out.',
    session_ended: 'The session has ended.',
    sessions_ended: 'All other sessions have ended.',
    account_deleted: 'Your account and everything in it was deleted.',
  },

  errorTitle: 'That did not work',
  back: 'Back to the start',
  retryAfter: (seconds: number) => `Try again in ${inSeconds(seconds)}.`,
  problem: (code: ErrorCode): string => `${problems[code] ?? errorCodes[code].title}.`,
  fault: ({ message }: FieldError): string => `${message}.`,
}

export type Texts = typeof en
