import { type ErrorCode, errorCodes, type FieldError } from '../errors'

/** Where the title of a problem speaks to who writes a client. */
const problems: Partial<Record<ErrorCode, string>> = {
  invalid_fields: 'Something is not right yet',
  precondition_failed: 'It was changed elsewhere',
  invalid_verification_token: 'The code is no longer good; ask for another one',
  fresh_proof_required: 'Type your password, or sign in again, to show that it is you',
}

const count = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? '' : 's'}`

const inSeconds = (seconds: number): string =>
  seconds < 120 ? count(seconds, 'second') : count(Math.ceil(seconds / 60), 'minute')

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

  notices: {
    welcome: 'Your account has been created. You are signed in.',
    signed_out: 'You are signed out.',
    added: 'Added.',
    saved: 'Saved.',
    deleted: 'Deleted.',
    restored: 'It is back.',
    changed: 'It was changed elsewhere. This is how it stands now.',
  },

  errorTitle: 'That did not work',
  back: 'Back to the start',
  retryAfter: (seconds: number) => `Try again in ${inSeconds(seconds)}.`,
  problem: (code: ErrorCode): string => `${problems[code] ?? errorCodes[code].title}.`,
  fault: ({ message }: FieldError): string => `${message}.`,
}

export type Texts = typeof en
