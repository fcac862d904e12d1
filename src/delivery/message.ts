import type { Locale } from '../locale'

/*
 * A message, the function that sends it, and the error of that function.
 */

export const CHANNELS = ['sms', 'email'] as const
export type Channel = (typeof CHANNELS)[number]

/** How long an SMS segment is in UCS-2, which Korean needs (3GPP TS 23.038). */
export const UCS2_SEGMENT = 70

export const CODE_PURPOSES = ['log_in', 'verify', 'reset_password'] as const
export type CodePurpose = (typeof CODE_PURPOSES)[number]

export const NOTICE_PURPOSES = [
  'new_device',
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
  'second_factor_on',
  'second_factor_changed',
  'second_factor_off',
  'recovery_code_used',
  'recovery_codes_few',
  'second_factor_erasure_asked',
  'calendar_feed_made',
  'refresh_reused',
  'account_deleted',
] as const
export type NoticePurpose = (typeof NOTICE_PURPOSES)[number]

export interface Message {
  /** A UUIDv7, so that sorted ids are in the order of time. */
  id: string
  channel: Channel
  /** A phone number in E.164 or an e-mail address, in its one spelling (`users/contacts.ts`). */
  to: string
  purpose: CodePurpose | NoticePurpose
  locale: Locale
  /** The subject of an e-mail. Empty for a text message. */
  subject: string
  text: string
  html: string | null
  /** The code in the text. Null in notices. */
  code: string | null
}

/**
 * Hands a message to the provider that delivers it. `signal` stops the try.
 * @throws {DeliveryError}
 */
export type Send = (message: Message, signal?: AbortSignal) => Promise<void>

export type DeliveryErrorCode =
  /** The recipient is not a number or an address that can get such a message. */
  | 'invalid_recipient'
  /** The recipient, the carrier or a rule of the provider blocks it. */
  | 'blocked'
  /** The recipient exists but cannot be reached. */
  | 'unreachable'
  /** The provider refuses it: the credentials, the sender or the content are wrong. */
  | 'rejected'
  | 'rate_limited'
  /** The provider does not answer, or has a fault itself. */
  | 'unavailable'

/** The provider did not take a message. `providerCode` is its own code for the reason, if it gave one. */
export class DeliveryError extends Error {
  override name = 'DeliveryError'
  readonly retryable: boolean
  readonly providerCode: number | string | undefined

  constructor(
    readonly code: DeliveryErrorCode,
    options: { retryable?: boolean; providerCode?: number | string | undefined; cause?: unknown } = {},
  ) {
    super(`The message was not delivered: ${code}`, { cause: options.cause })
    this.retryable = options.retryable ?? false
    this.providerCode = options.providerCode
  }
}
