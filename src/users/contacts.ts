import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/mobile'
import type { Channel } from '../delivery/message'

/*
 * Which phone numbers and e-mail addresses are accepted, and the one spelling in which each is stored, compared, counted and
 * written to. A contact that is already in that spelling stays as it is. They are read from text of a field with `isPasted`
 * (`lib/text.ts`).
 */

export type { CountryCode }

/** A contact in its one spelling. */
export interface Contact {
  channel: Channel
  to: string
}

/** The columns of `users` with contacts, and the channel that each is reached by. */
export const channelOf = { email: 'email', phone: 'sms' } as const satisfies Record<string, Channel>
export type ContactName = keyof typeof channelOf

/** The column of `users` with the contact of a channel. */
export const contactColumn = { sms: 'phone', email: 'email' } as const satisfies Record<Channel, ContactName>

export interface Phone {
  /** E.164: `+821012345678`, at most 16 characters. */
  to: string
  /** Undefined if the calling code belongs to no country (satellite telephones). */
  country: CountryCode | undefined
  /** `to` without its last four digits: `+82101234`. Numbers that were bought as a block share it. */
  prefix: string
}

/** E.164 has 15 digits. The rest is room for a prefix such as `00` and for separators. */
const MAX_TYPED_PHONE = 40

/** A number as people write it. Without letters there are no words around it, no vanity numbers and no extensions. */
const TYPED_PHONE = /^\+?[\d(][\d ().-]*\d$/
/** What the table `users` accepts. The library gives nothing longer today, but does not promise it. */
const E164 = /^\+[1-9]\d{1,14}$/

/**
 * A mobile number in E.164, or null. A number without `+` is read as people dial it in `defaultCountry`. Only its digits count,
 * so the same digits with other separators are the same number.
 *
 * libphonenumber-js has three builds. `mobile` (37 kB of the gzipped Worker; `min` 32, `max` 52) knows which numbers can get
 * text messages. `min` would accept landlines, pagers and premium-rate numbers, which earn money for fraudsters.
 */
export function canonicalPhone(input: string, defaultCountry: CountryCode): Phone | null {
  if (input.length > MAX_TYPED_PHONE) return null
  if (!TYPED_PHONE.test(input)) return null
  const number = parsePhoneNumberFromString(input.replace(/[^\d+]/g, ''), { defaultCountry, extract: false })
  // For calling codes without a country, this build also knows freephone, shared-cost and premium-rate numbers.
  if (number?.getType() !== 'MOBILE' || !E164.test(number.number)) return null
  return { to: number.number, country: number.country, prefix: number.number.slice(0, -4) }
}

/** A number in E.164 as people write it to others: `+82 10 1234 5678`. */
export const phoneInWords = (phone: string): string =>
  parsePhoneNumberFromString(phone)?.formatInternational().replaceAll('-', ' ') ?? phone

/** RFC 5321 4.5.3.1.3: a path has at most 256 octets, and two of them are its angle brackets. */
const MAX_EMAIL = 254

/** RFC 5322 3.2.3, at most 64 characters (RFC 5321 4.5.3.1.1): quoted local parts are not accepted. */
const DOT_ATOM = /^(?=.{1,64}$)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/

/** Letters of any script. No ASCII that the URL parser would read as a port, a path, an escape or a user. */
const TYPED_DOMAIN = /^[a-z\d.\u{80}-\u{10ffff}-]+$/iu

/**
 * At least two labels of letters, digits and inner hyphens (RFC 1123 2.1). The last one begins with a letter, so it is no IP
 * address.
 */
const DOMAIN = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z][a-z\d-]{0,61}[a-z\d]$/

/** The domain in lower-case ASCII, or null. The URL standard turns other scripts into `xn--` labels (UTS #46). */
function canonicalDomain(typed: string): string | null {
  if (!TYPED_DOMAIN.test(typed)) return null
  const hostname = URL.parse(`http://${typed}`)?.hostname
  return hostname !== undefined && DOMAIN.test(hostname) ? hostname : null
}

/** Whether a text that people typed is about an e-mail address, and not a phone number or a user name. */
export const isAboutEmail = (typed: string): boolean => /[@＠]/.test(typed)

/**
 * An e-mail address: lower case, with its domain in ASCII; or null. Dots and `+tag` stay, because at some providers
 * they name another mailbox.
 */
export function canonicalEmail(input: string): string | null {
  const [local = '', typedDomain = '', ...more] = input.split('@')
  // `=?` begins an encoded word. RFC 2047 5 forbids it here, but some mailers decode it into another address.
  if (more.length > 0 || !DOT_ATOM.test(local) || local.includes('=?')) return null
  const domain = canonicalDomain(typedDomain)
  if (domain === null) return null
  const email = `${local.toLowerCase()}@${domain}`
  return email.length <= MAX_EMAIL ? email : null
}

/** The domains of Gmail, which does not look at dots. */
const GMAIL = new Set(['gmail.com', 'googlemail.com'])

/**
 * The mailbox that an e-mail address leads to, for limits to count by. At most providers what follows a `+` leads nowhere else.
 * Where it does, somebody gets fewer messages. Nobody is recognised by it.
 */
export function mailboxOf(email: string): string {
  const [local = '', domain = ''] = email.split('@')
  const untagged = local.replace(/(?<=.)\+.*$/, '')
  return GMAIL.has(domain) ? `${untagged.replaceAll('.', '')}@gmail.com` : `${untagged}@${domain}`
}
