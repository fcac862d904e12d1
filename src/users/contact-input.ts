import type { Config } from '../config'
import type { Channel } from '../delivery/message'
import { AppError } from '../errors'
import { readText } from '../lib/text'
import { type Contact, canonicalEmail, canonicalPhone } from './contacts'

/**
 * The contact that somebody typed as `to`, in its one spelling. For a phone number also its prefix, which limits count by.
 * @throws {AppError} `invalid_fields` if it is no contact, or if no text messages go to its country
 */
export function requireContact(
  channel: Channel,
  to: string,
  { DEFAULT_COUNTRY, SMS_COUNTRIES }: Pick<Config, 'DEFAULT_COUNTRY' | 'SMS_COUNTRIES'>,
): { contact: Contact; prefix: string | null } {
  const refuse = (code: string, message: string) =>
    new AppError('invalid_fields', { errors: [{ path: '/to', code, message }] })
  if (channel === 'email') {
    const email = canonicalEmail(to)
    if (email === null) throw refuse('invalid_email', 'Is not one e-mail address')
    return { contact: { channel, to: email }, prefix: null }
  }
  const phone = canonicalPhone(to, DEFAULT_COUNTRY)
  if (phone === null) throw refuse('invalid_phone', 'Is not a valid mobile number')
  if (phone.country === undefined || !SMS_COUNTRIES.includes(phone.country)) {
    throw refuse('country_not_served', 'No text messages are sent to that country')
  }
  return { contact: { channel, to: phone.to }, prefix: phone.prefix }
}

/** The same contact as `requireContact` gives, of text as it was typed on a page; null if it is none. */
export function readContact(
  channel: Channel,
  typed: string,
  { DEFAULT_COUNTRY }: Pick<Config, 'DEFAULT_COUNTRY'>,
): Contact | null {
  const read = readText(typed, { max: 320, isPasted: true })
  if (!('text' in read)) return null
  const to = channel === 'email' ? canonicalEmail(read.text) : (canonicalPhone(read.text, DEFAULT_COUNTRY)?.to ?? null)
  return to === null ? null : { channel, to }
}
