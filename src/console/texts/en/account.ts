import type { AccountAct } from '../../../activity/events'
import type { ActivityEntry } from '../../../activity/schemas'
import type { Channel } from '../../../delivery/message'
import type { SecondFactorMethod } from '../../../errors'
import { type ProviderId, providerName } from '../../../users/provider-ids'
import type { LogInMethod } from '../../../users/ways-to-log-in'

const loggedInBy: Record<LogInMethod, string> = {
  password: 'Signed in with a password',
  code: 'Signed in with a code',
  social: 'Signed in',
  passkey: 'Signed in with a passkey',
}
/** What follows a log-in with a second factor. */
const andBy: Record<SecondFactorMethod, string> = {
  totp: ' and a code of the authenticator app',
  recovery_code: ' and a recovery code',
  passkey: ' and a passkey',
}
const sentBy: Record<Channel, string> = { sms: 'by text message', email: 'by e-mail' }
const contactNames: Record<Channel, string> = { sms: 'mobile number', email: 'e-mail address' }

const nameOf = (id: ProviderId | undefined): string => (id ? providerName(id) : 'A way to sign in')

/** What those who run the service did with the account. */
const acts: Record<AccountAct, string> = {
  find: 'looked the account up',
  see: 'looked at the account',
  end_sessions: 'ended all sessions',
  block: 'blocked the account',
  unblock: 'unblocked the account',
  unlock: 'let you sign in again after too many tries',
  erase_second_factor: 'asked to remove the second factor, or removed it',
  export: 'exported the account data, without to-dos',
  erase: 'erased the account',
}

const events: Record<ActivityEntry['event'], (entry: ActivityEntry) => string> = {
  sign_up: () => 'The account was created',
  log_in: ({ by = 'password', provider, factor }) =>
    `${provider === undefined ? loggedInBy[by] : `Signed in with ${providerName(provider)}`}${factor ? andBy[factor] : ''}`,
  log_in_failed: () => 'Somebody tried to sign in with a wrong password',
  new_device: () => 'A new device signed in',
  code_sent: ({ channel = 'email', outcome }) =>
    `A code ${outcome === 'failed' ? 'could not be sent' : 'was sent'} ${sentBy[channel]}`,
  password_changed: () => 'The password was changed',
  contact_changed: ({ channel = 'email', change }) =>
    `The ${contactNames[channel]} was ${change === 'removed' ? 'removed' : 'set'}`,
  contact_removal_asked: ({ channel = 'email' }) => `Somebody asked to remove or replace the ${contactNames[channel]}`,
  username_changed: () => 'The user name was changed',
  changes_undone: () => 'Changes were taken back by the link in a notice',
  identity_linked: ({ provider }) => `${nameOf(provider)} was connected`,
  identity_unlinked: ({ provider }) => `${nameOf(provider)} was removed`,
  identity_removal_asked: ({ provider }) =>
    `Somebody asked to remove ${provider ? providerName(provider) : 'a way to sign in'}`,
  passkey_added: () => 'A passkey was added',
  passkey_removed: () => 'A passkey was removed',
  passkey_removal_asked: () => 'Somebody asked to remove a passkey',
  passkey_maybe_copied: () => 'A passkey was used that may have been copied',
  removal_stopped: ({ channel, provider, factor }) =>
    `The request to remove ${channel ? `the ${contactNames[channel]}` : factor ? 'the second factor' : provider ? providerName(provider) : 'a way to sign in'} was stopped`,
  second_factor_asked: () => 'The code of the second factor was asked for',
  second_factor_failed: () => 'Somebody entered a wrong code of the second factor',
  second_factor_on: () => 'The second factor was turned on, or has a new authenticator app',
  second_factor_off: () => 'The second factor was turned off',
  recovery_codes_made: () => 'New recovery codes were made',
  calendar_feed_made: () => 'A calendar link was made',
  calendar_feed_ended: () => 'The calendar link was ended',
  second_factor_erasure_asked: () => 'An operator was asked to remove the second factor',
  proof_failed: () => 'A wrong current password was entered',
  session_ended: () => 'A session was ended',
  refresh_repeated: () => 'The sign-in of this device was renewed again, because an answer got lost',
  refresh_reused: () => 'A session was used from two places, and was ended for your safety',
  export: () => 'Everything was exported',
  deletion_asked: () => 'Somebody tried to delete the account',
  operator_act: ({ act = 'see' }) => `An operator of this service ${acts[act]}`,
}

/** What happened more than once in a row, where that has words of its own. */
const many: Partial<Record<ActivityEntry['event'], (count: number) => string>> = {
  log_in_failed: (count) => `${count} failed attempts to sign in`,
  second_factor_failed: (count) => `${count} wrong codes of the second factor`,
  proof_failed: (count) => `${count} wrong current passwords`,
}

export const accountTexts = {
  account: {
    title: 'Account',
    who: 'Who you are',
    since: (date: string) => `Here since ${date}`,
    notSet: 'Not set',
    isSet: 'Set',
    profile: 'Profile',
    name: 'Name',
    nickname: 'Nickname',
    waysToSignIn: 'Ways to sign in',
    security: 'Security',
    data: 'Your data',
    export: 'Download your data',
    exportAs: (format: string) => `Download your to-dos: ${format}`,
  },
  timeZone: {
    title: 'Time zone',
    intro: 'What is due today, and the times of your to-dos, are shown as your clock has them.',
    none: 'None: UTC',
    others: 'Others',
    suggested: (zone: string) => `You seem to be in ${zone}, so that is chosen here. Save it if it is right.`,
    offer: 'Your days and times are those of UTC.',
    /** On a button; `{zone}` is the zone of the browser. */
    use: 'Use {zone}',
  },
  calendar: {
    title: 'To-dos in a calendar',
    row: 'Show to-dos in a calendar',
    intro:
      'A secret link shows your calendar when your to-dos are due. Whoever has the link can read them without signing in, so give it to nobody else. It can change nothing.',
    madeAt: 'There is a link. It was made:',
    replaces: 'It is not shown again. A new link ends it.',
    make: 'Make a link',
    replace: 'Make a new link',
    end: 'End the link',
    made: 'This is the link. Copy it now: it is shown only once.',
    link: 'Secret link',
    linkHint: 'In Google Calendar: “Other calendars”, “From URL”. In Apple Calendar: “New Calendar Subscription”.',
    open: 'Open it in a calendar',
    done: 'I have it',
  },
  contacts: {
    hint: 'We send a six-digit code there, and tell the contacts that you have now about the change.',
    email: { title: 'E-mail address', new: 'New e-mail address', remove: 'Remove the e-mail address' },
    asked: (date: string) =>
      `You can do this from ${date} on. We have told that contact, which can stop it until then. Come back and do it again. If you sign in with your password, or with a code to that contact, you can do it at once.`,
    stop: {
      title: 'Stop the removal',
      text: 'Somebody who signed in to your account wants to remove or replace the contact that got this link, or to remove another way to sign in. Or somebody asked us to remove the second factor. If that was not you, stop it. Then change your password.',
      submit: 'Stop it',
      done: 'It is stopped. Sign in and change your password, and end all other sessions.',
    },
    wayBack: {
      title: 'Take the change back',
      text: 'This puts your user name, e-mail address and mobile number back as they were before the change that we told you of. A password that was set since is removed. All devices are signed out.',
      submit: 'Take it back',
      password: 'Type the password that the account had before the change.',
      email: 'Type the e-mail address that the account had before the change. We send a code there.',
      phone: 'Type the mobile number that the account had before the change. We send a code there.',
      either: 'One of these is enough:',
      done: 'Your account is as it was before the change. Sign in, and set a new password.',
    },
    phone: { title: 'Mobile number', new: 'New mobile number', remove: 'Remove the mobile number' },
  },
  password: {
    change: 'Change the password',
    first: 'Set a password',
    intro: 'This signs out all your other devices.',
    new: 'New password',
  },
  proof: {
    title: 'Show that it is you',
    byPassword: 'You signed in more than ten minutes ago. Type your password to continue.',
    byBoth: 'To continue, type your password and a code of your authenticator app.',
    bySignIn: 'You signed in more than ten minutes ago. Sign in again to continue. Then you come back here.',
    bySignInWithBoth:
      'Your account has two-step sign-in. Sign in again with both steps to continue. Then you come back here.',
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
    notYou: 'Not you?',
    notYouText:
      'End this session, and then change your password. That signs out everybody else, and whoever knows the old one does not get in again.',
    notYouSubmit: 'End it and change the password',
    endOthers: 'End all other sessions',
  },
  activity: {
    title: 'Activity',
    intro: 'The last 90 days, newest first. If something here was not you, end that session and change your password.',
    events,
    many,
    times: (text: string, count: number): string => `${text} (${count} times)`,
    first: 'First',
    last: 'Last',
    each: 'Show each',
  },
  deletion: {
    title: 'Delete the account',
    text: 'Your profile, your contacts, all to-dos and the activity are deleted, and all devices are signed out. None of it can be brought back.',
    confirm: 'Yes, delete my account and everything in it',
  },
}
