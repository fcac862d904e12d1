import type { Locale } from '../locale'

/*
 * What a sender is given to send, and how it says that it could not.
 */

export const CHANNELS = ['sms', 'email'] as const
export type Channel = (typeof CHANNELS)[number]

export const CODE_PURPOSES = ['log_in', 'verify', 'reset_password'] as const
export type CodePurpose = (typeof CODE_PURPOSES)[number]

export const NOTICE_PURPOSES = [
  'new_device',
  'password_changed',
  'contact_changed',
  'username_changed',
  'refresh_reused',
  'account_deleted',
] as const
export type NoticePurpose = (typeof NOTICE_PURPOSES)[number]

export interface Message {
  /** A UUIDv7: messages sort by it in the order in which they were written. */
  id: string
  channel: Channel
  /** A phone number in E.164 or an e-mail address, canonical. */
  to: string
  purpose: CodePurpose | NoticePurpose
  locale: Locale
  /** Of an e-mail; a text message has none and this is empty. */
  subject: string
  text: string
  html: string | null
  /** The code that the text gives; null in notices. */
  code: string | null
}

/**
 * Hands a message over to whoever carries it. An aborted `signal` gives the attempt up.
 * @throws {DeliveryError}
 */
export type Send = (message: Message, signal?: AbortSignal) => Promise<void>

export type DeliveryErrorCode =
  /** The recipient is no number or address that can get such a message. */
  | 'invalid_recipient'
  /** The recipient, the carrier or the provider's own rules do not let it through. */
  | 'blocked'
  /** The recipient exists and cannot be reached. */
  | 'unreachable'
  /** The provider does not take it: credentials, sender or content are wrong. */
  | 'rejected'
  | 'rate_limited'
  /** The provider does not answer, or says that it cannot. */
  | 'unavailable'

/** A message that was not handed over. `providerCode` is the provider's own name for the reason, where it gave one. */
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
