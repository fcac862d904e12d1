import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/mobile'
import type { Channel } from '../delivery/message'

/*
 * Which phone numbers and e-mail addresses are accepted, and the one spelling of each: what is stored, compared, limited and
 * written to. Both functions give back unchanged what they gave before.
 */

export type { CountryCode }

/** A contact in its one spelling. */
export interface Contact {
  channel: Channel
  to: string
}

/** The columns of `users` that hold contacts, and the channel that reaches each. */
export const channelOf = { email: 'email', phone: 'sms' } as const satisfies Record<string, Channel>
export type ContactName = keyof typeof channelOf

/** The column that holds the contacts of a channel. */
export const contactColumn = { sms: 'phone', email: 'email' } as const satisfies Record<Channel, ContactName>

export interface Phone {
  /** E.164: `+821012345678`, at most 16 characters. */
  to: string
  /** Undefined where a calling code has no country (satellite telephones). */
  country: CountryCode | undefined
  /** `to` without its last four digits: `+82101234`. Numbers that are bought in blocks share it. */
  prefix: string
}

/** E.164 has 15 digits; this leaves room for a way to dial abroad and for separators. */
const MAX_TYPED_PHONE = 40

/** A number as people write it, and nothing else: no letters, so no words around it, no vanity number, no extension. */
const TYPED_PHONE = /^\+?[\d(][\d ().-]*\d$/
/** What the table of users takes. The metadata has nothing longer today, but does not promise it. */
const E164 = /^\+[1-9]\d{1,14}$/

const FULL_WIDTH = 0xff01 - 0x21

/** The full-width forms of an East Asian keyboard, and the dashes and spaces of word processors, as ASCII. */
const toAscii = (typed: string): string =>
  typed
    .replace(/[０-９＋－（）．]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - FULL_WIDTH))
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\u00a0\u202f\u3000]/g, ' ')

/**
 * A mobile number in E.164, or null. National forms, and what is dialled to call abroad, are read as of `defaultCountry`. Only
 * digits decide, so that separators never make two numbers of one.
 *
 * Of the builds of libphonenumber-js, `mobile` (37 kB of the gzipped Worker; `min` 32, `max` 52) knows which numbers take
 * text messages: `min` lets landlines, pagers and premium rates through, which fraud is after.
 */
export function canonicalPhone(input: string, defaultCountry: CountryCode): Phone | null {
  if (input.length > MAX_TYPED_PHONE) return null
  const typed = toAscii(input.trim())
  if (!TYPED_PHONE.test(typed)) return null
  const number = parsePhoneNumberFromString(typed.replace(/[^\d+]/g, ''), { defaultCountry, extract: false })
  // Of the codes without a country this build also knows freephone, shared-cost and premium numbers.
  if (number?.getType() !== 'MOBILE' || !E164.test(number.number)) return null
  return { to: number.number, country: number.country, prefix: number.number.slice(0, -4) }
}

/** RFC 5321 4.5.3.1.3: a path has 256 octets, two of them its angle brackets. */
const MAX_EMAIL = 254

/** NFC makes at most four UTF-16 code units one (UAX #15). */
const MAX_TYPED_EMAIL = 4 * MAX_EMAIL

/** RFC 5322 3.2.3, at most 64 characters (RFC 5321 4.5.3.1.1): quoted local parts are not accepted. */
const DOT_ATOM = /^(?=.{1,64}$)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/

/** Any script, and of ASCII nothing that the URL parser would take for a port, a path, an escape or a user. */
const TYPED_DOMAIN = /^[a-z\d.\u{80}-\u{10ffff}-]+$/iu

/** At least two labels of letters, digits and inner hyphens (RFC 1123 2.1); the last begins with a letter: no IP address. */
const DOMAIN = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z][a-z\d-]{0,61}[a-z\d]$/

/** The domain in lower case ASCII as the URL standard makes it (UTS #46: `xn--` labels), or null. */
function canonicalDomain(typed: string): string | null {
  if (!TYPED_DOMAIN.test(typed)) return null
  const hostname = URL.parse(`http://${typed}`)?.hostname
  return hostname !== undefined && DOMAIN.test(hostname) ? hostname : null
}

/**
 * One e-mail address, trimmed, NFC, lower case, its domain in ASCII; or null. Nothing else is folded: dots and `+tag` tell
 * mailboxes apart at some providers.
 */
export function canonicalEmail(input: string): string | null {
  if (input.length > MAX_TYPED_EMAIL) return null
  const [local = '', typedDomain = '', ...more] = input.trim().normalize('NFC').split('@')
  // `=?` opens an encoded word, which some mailers decode into another address (RFC 2047 5 bars it from here).
  if (more.length > 0 || !DOT_ATOM.test(local) || local.includes('=?')) return null
  const domain = canonicalDomain(typedDomain)
  if (domain === null) return null
  const email = `${local.toLowerCase()}@${domain}`
  return email.length <= MAX_EMAIL ? email : null
}
