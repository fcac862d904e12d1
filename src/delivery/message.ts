/*
 * What a sender is given to send, and how it says that it could not.
 */

export const CHANNELS = ['sms', 'email'] as const
export type Channel = (typeof CHANNELS)[number]

export const LOCALES = ['en', 'ko'] as const
export type Locale = (typeof LOCALES)[number]

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

const RANGE = /^([a-z]{1,8}|\*)(?:-[a-z0-9]{1,8})*(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/

/**
 * The language of ours that an Accept-Language header likes best (RFC 9110 12.5.4). Only primary subtags count: `ko-KR` is
 * `ko`. Of languages that it likes equally, the one named first; English where it likes none or is absent.
 */
export function preferredLocale(acceptLanguage: string | undefined): Locale {
  const weights = new Map<string, number>()
  for (const item of (acceptLanguage ?? '').toLowerCase().split(',')) {
    const [, subtag, weight = '1'] = RANGE.exec(item.trim()) ?? []
    if (subtag !== undefined) weights.set(subtag, Math.max(weights.get(subtag) ?? 0, Number(weight)))
  }
  // RFC 4647 3.3.1: "*" stands for what no other range names.
  const weightOf = (locale: Locale) => weights.get(locale) ?? weights.get('*') ?? 0
  const named = [...weights.keys()].flatMap((subtag) => LOCALES.filter((locale) => locale === subtag))
  let best: { locale: Locale; weight: number } = { locale: 'en', weight: 0 }
  for (const locale of [...named, ...LOCALES]) {
    if (weightOf(locale) > best.weight) best = { locale, weight: weightOf(locale) }
  }
  return best.locale
}
