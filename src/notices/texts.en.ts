import { deviceAndCountry, type NoticeTexts } from './wording'

const contactNames = { sms: 'phone number', email: 'e-mail address' }

export const en: NoticeTexts = {
  notice: {
    new_device: (details) => ({
      subject: 'a log-in on a new device',
      happened: `There was a log-in to your account on a new device (${deviceAndCountry('unknown', details)}).`,
      inShort: 'There was a log-in to your account on a new device.',
      remedy: 'change your password',
    }),
    password_changed: () => ({
      subject: 'your password has changed',
      happened: 'The password of your account was changed.',
      remedy: 'take it back here',
    }),
    contact_changed: ({ changed }) => ({
      subject: `the ${contactNames[changed]} of your account has changed`,
      happened: `The ${contactNames[changed]} of your account was added, changed or removed.`,
      inShort: `The ${contactNames[changed]} of your account was changed.`,
      remedy: 'take it back here',
    }),
    contact_removal_asked: ({ changed }) => ({
      subject: `somebody wants to remove your ${contactNames[changed]}`,
      happened: `Somebody asked to remove or replace the ${contactNames[changed]} of your account. It can be done in three days.`,
      inShort: 'somebody asked to remove this number from your account in 3 days.',
      remedy: 'stop it here',
    }),
    username_changed: () => ({
      subject: 'your user name has changed',
      happened: 'The user name of your account was changed.',
      remedy: 'take it back here',
    }),
    changes_undone: () => ({
      subject: 'changes to your account were taken back',
      happened: 'Changes to your account were taken back by a link that we had sent, and everybody was signed out.',
      inShort: 'Changes to your account were taken back.',
      remedy: 'log in and check your contacts',
    }),
    identity_linked: ({ provider }) => ({
      subject: `${provider} was connected to your account`,
      happened: `${provider} was connected to your account, as a way to log in.`,
      inShort: 'A new way to log in was connected to your account.',
      remedy: 'log in and remove it',
    }),
    identity_unlinked: ({ provider }) => ({
      subject: `${provider} was removed from your account`,
      happened: `${provider} was removed from your account. It no longer logs you in.`,
      inShort: 'A way to log in was removed from your account.',
      remedy: 'log in and check your account',
    }),
    identity_removal_asked: ({ provider }) => ({
      subject: `somebody wants to remove ${provider} from your account`,
      happened: `Somebody asked to remove ${provider} from your account. It can be done in three days. Then it no longer logs you in.`,
      inShort: 'somebody asked to remove a way to log in to your account in 3 days.',
      remedy: 'stop it here',
    }),
    passkey_added: () => ({
      subject: 'a passkey was added to your account',
      happened: 'A passkey was added to your account, as a way to log in.',
      remedy: 'log in and remove it',
    }),
    passkey_removed: () => ({
      subject: 'a passkey was removed from your account',
      happened: 'A passkey was removed from your account. It no longer logs you in.',
      remedy: 'log in and check your account',
    }),
    passkey_removal_asked: () => ({
      subject: 'somebody wants to remove a passkey from your account',
      happened:
        'Somebody asked to remove a passkey from your account. It can be done in three days. Then it no longer logs you in.',
      inShort: 'somebody asked to remove a passkey from your account in 3 days.',
      remedy: 'stop it here',
    }),
    passkey_maybe_copied: () => ({
      subject: 'a passkey of your account may have been copied',
      happened:
        'There was a log-in by a passkey that counted its uses wrongly. Somebody may have copied it, or its device was reset.',
      inShort: 'A passkey of your account may have been copied.',
      remedy: 'log in and remove that passkey',
    }),
    second_factor_on: () => ({
      subject: 'a second factor was turned on',
      happened:
        'A second factor was turned on for your account. A log-in now also needs a code of an authenticator app.',
      inShort: 'A second factor was turned on for your account.',
      remedy: 'take it back here',
    }),
    second_factor_changed: () => ({
      subject: 'your second factor has changed',
      happened: 'Your account has a new authenticator app or new recovery codes. The old ones no longer work.',
      inShort: 'Your account has a new authenticator app or new recovery codes.',
      remedy: 'ask us for help',
    }),
    second_factor_off: () => ({
      subject: 'your second factor was turned off',
      happened:
        'The second factor of your account was turned off. A log-in no longer needs a code of your authenticator app.',
      inShort: 'The second factor of your account was turned off.',
      remedy: 'change your password and turn it on again',
    }),
    recovery_code_used: () => ({
      subject: 'a recovery code was used',
      happened: 'A recovery code of your account was used in place of your authenticator app.',
      remedy: 'change your password and make new recovery codes',
    }),
    recovery_codes_few: () => ({
      subject: 'few recovery codes are left',
      happened: 'A recovery code of your account was used, and no more than three are left. Make new ones in time.',
      inShort: 'A recovery code was used, and few are left. Make new ones.',
      remedy: 'change your password',
    }),
    second_factor_erasure_asked: () => ({
      subject: 'your second factor is to be removed',
      happened:
        'We were asked to remove the second factor of your account. It can be done in three days. Then a log-in no longer needs a code of your authenticator app.',
      inShort: 'we were asked to remove your second factor in 3 days.',
      remedy: 'stop it here',
    }),
    account_deleted: () => ({
      subject: 'your account was deleted',
      happened: 'Your account and everything in it was deleted.',
      remedy: 'change that password wherever else you use it',
    }),
    calendar_feed_made: () => ({
      subject: 'a calendar link was made for your account',
      happened:
        'A secret calendar link was made for your account. Whoever has it can read your open to-dos that have a due date.',
      inShort: 'A calendar link that shows your to-dos was made.',
      remedy: 'log in and end it',
    }),
    refresh_reused: () => ({
      subject: 'a session was ended for your safety',
      happened: 'A session of your account was used from two places, so it has ended.',
      remedy: 'log in and change your password',
    }),
  },
  sms: (happened, remedy) => `Latchkey: ${happened} If it was not you, ${remedy}.`,
  smsWithLink: (happened, link) => `Latchkey: ${happened} Not you? ${link}`,
  email: (happened, remedy, host) => [
    happened,
    `This is about your account at ${host}. If it was you, there is nothing to do. If it was not, ${remedy} at once.`,
  ],
}
