import type { Channel, CodePurpose } from '../delivery/message'
import type { SecondFactorMethod } from '../errors'
import type { ProviderId } from '../users/provider-ids'
import type { LogInMethod } from '../users/ways-to-log-in'

/** What can happen to an account. */
export const ACTIVITY_EVENTS = [
  'sign_up',
  'log_in',
  'log_in_failed',
  'new_device',
  'code_sent',
  'password_changed',
  'contact_changed',
  'contact_removal_asked',
  'username_changed',
  'changes_undone',
  'identity_linked',
  'identity_unlinked',
  'identity_removal_asked',
  'passkey_added',
  'passkey_removed',
  'passkey_removal_asked',
  'passkey_maybe_copied',
  'removal_stopped',
  'second_factor_asked',
  'second_factor_failed',
  'second_factor_on',
  'second_factor_off',
  'recovery_codes_made',
  'second_factor_erasure_asked',
  'proof_failed',
  'session_ended',
  'refresh_repeated',
  'refresh_reused',
  'calendar_feed_made',
  'calendar_feed_ended',
  'export',
  'deletion_asked',
  'operator_act',
] as const

export type ActivityEvent = (typeof ACTIVITY_EVENTS)[number]

/** What became of a message, in a `code_sent`. */
export const MESSAGE_OUTCOMES = ['sent', 'failed'] as const
/** What became of a contact, in a `contact_changed`. */
export const CONTACT_CHANGES = ['set', 'removed'] as const

/** What operators do with an account: `operator/acts.ts`. */
export const ACCOUNT_ACTS = [
  'find',
  'see',
  'end_sessions',
  'block',
  'unblock',
  'unlock',
  'erase_second_factor',
  'export',
  'erase',
] as const
export type AccountAct = (typeof ACCOUNT_ACTS)[number]

/** What an entry says beyond its event. */
export interface ActivityDetail {
  /** How somebody logged in, or tried to. */
  by?: LogInMethod | undefined
  channel?: Channel | undefined
  /** What a code is for. */
  purpose?: CodePurpose | undefined
  outcome?: (typeof MESSAGE_OUTCOMES)[number] | undefined
  change?: (typeof CONTACT_CHANGES)[number] | undefined
  /** Whose identity it was about, or who proved who somebody is. */
  provider?: ProviderId | undefined
  /** By which second factor a log-in or a proof was made, or what a request was about. */
  factor?: SecondFactorMethod | undefined
  /** What an operator did, in an `operator_act`. */
  act?: AccountAct | undefined
}
