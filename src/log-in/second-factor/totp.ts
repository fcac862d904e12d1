import { SECOND_MS } from '../../lib/time'
import { fromBase32, RFC_4648, toBase32 } from './base32'

/*
 * Codes of authenticator apps (RFC 6238): HMAC-SHA-1, 30 seconds, six digits, which every app has. WebCrypto does the HMAC, so there is
 * less code here than it would take to call a library: docs/decisions/second-factor.md.
 */

const STEP_MS = 30 * SECOND_MS
const DIGITS = 6
/** 160 bits, as long as the hash (RFC 4226 4, R6). */
const SECRET_BYTES = 20
/** A code of the step before or after is accepted too: the clocks of telephones differ, and people type (RFC 6238 5.2). */
const WINDOW = [-1, 0, 1]

/** A new secret, as people type it into their app. */
export const newSecret = (): string => toBase32(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)), RFC_4648)

/** The number of the 30 seconds that a time (ms) is in. */
export const stepAt = (now: number): number => Math.floor(now / STEP_MS)

/** The code of a step (RFC 4226 5.3). */
export async function codeAt(secret: string, step: number, digits = DIGITS): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-1' }
  const key = await crypto.subtle.importKey('raw', fromBase32(secret), algorithm, false, ['sign'])
  const counter = new DataView(new ArrayBuffer(8))
  counter.setBigUint64(0, BigInt(step))
  const hash = new DataView(await crypto.subtle.sign('HMAC', key, counter.buffer))
  const offset = hash.getUint8(hash.byteLength - 1) & 0xf
  const number = hash.getUint32(offset) & 0x7fffffff
  return String(number % 10 ** digits).padStart(digits, '0')
}

/** The step that a code is for, of the three that count at this time; null if it is for none. D1 accepts each step once. */
export async function stepOf(secret: string, code: string, now: number): Promise<number | null> {
  const steps = WINDOW.map((difference) => stepAt(now) + difference)
  const codes = await Promise.all(steps.map((step) => codeAt(secret, step)))
  return steps.find((_, index) => codes[index] === code) ?? null
}

/** What the QR code says (https://github.com/google/google-authenticator/wiki/Key-Uri-Format). */
export function keyUri(secret: string, { issuer, account }: { issuer: string; account: string }): string {
  const label = [issuer, account].map(encodeURIComponent).join(':')
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=6&period=30`
}
