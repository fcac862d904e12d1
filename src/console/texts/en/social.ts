import type { ErrorCode } from '../../../errors'
import type { ProviderId } from '../../../users/provider-ids'

/** Kakao asks for these words: its design guide. */
const KAKAO = 'Login with Kakao'

/** Why a log-in by a provider did not work, where the title of the error says too little. */
const problems: Partial<Record<ErrorCode, (provider: string) => string>> = {
  log_in_cancelled: (provider) => `You did not sign in with ${provider}. Nothing was changed.`,
  invalid_state: () =>
    'This sign-in was begun in another browser or more than ten minutes ago, or it was used already. Begin again.',
  provider_unavailable: (provider) =>
    `${provider} does not answer at the moment. Try again in a minute, or sign in another way.`,
  provider_failed: (provider) =>
    `${provider} refused, or gave an answer that makes no sense. Try again, or sign in another way.`,
  misconfigured: (provider) =>
    `Signing in with ${provider} is not set up completely. Sign in another way, and tell the people who run this site.`,
  identifier_reserved: (provider) =>
    `Another account had the e-mail address that ${provider} gave us until a few days ago. If that was yours, use the link in our message. Else sign in another way for now.`,
  identity_taken: (provider) => `That ${provider} account is connected to another account here.`,
  invalid_link_token: (provider) => `It has been more than ten minutes. Sign in with ${provider} again.`,
  identity_needs_proof: (provider) => `It has been more than ten minutes. Sign in with ${provider} again.`,
  rate_limited: () => 'Too many people are signing up at the moment. Try again in an hour, or sign in another way.',
}

export const socialTexts = {
  social: {
    /** What people call a provider. `name` is what the API calls it. */
    name: (_id: ProviderId, name: string): string => name,
    continueWith: (id: ProviderId, name: string): string => (id === 'kakao' ? KAKAO : `Continue with ${name}`),
    or: 'or',
    onlyHere: 'Only on this computer, to try it out.',
    cancelled: 'Sign-in cancelled',
    failed: (provider: string) => `Signing in with ${provider} did not work`,
    failedSomewhere: 'Signing in did not work',
    problem: (errorCode: ErrorCode, provider: string): string | undefined => problems[errorCode]?.(provider),
    tryAgain: 'Try again',
    otherWays: 'Other ways to sign in',
    proof: {
      title: 'You have an account already',
      text: (provider: string) =>
        `There is an account with this address. To be sure that it is yours, we send a six-digit code there. Then you are signed in, and ${provider} is connected to it.`,
      email: 'E-mail address',
    },
    connect: (_id: ProviderId, name: string): string => `Connect ${name}`,
    connecting: {
      title: 'One moment',
      text: (provider: string) => `You are being taken to ${provider}.`,
      go: 'Continue',
    },
    connected: 'Connected ways to sign in',
    connectMore: 'Connect another way to sign in',
    since: 'Connected',
    remove: 'Remove',
    asked: (provider: string, date: string) =>
      `You can remove ${provider} from ${date} on. Your other contacts were told, if there are any, and can stop it until then. Come back and do it again. If you sign in with your password, or with ${provider}, you can do it at once.`,
    removalAsked: (provider: string, date: string) =>
      `Somebody asked to remove it, which is possible from ${date} on. To stop that, sign in with ${provider}.`,
  },
}
