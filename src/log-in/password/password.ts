import { base64url } from 'jose'
import type { Config } from '../../config'
import { AppError } from '../../errors'
import { codePoints } from '../../lib/text'
import { isCommonPassword } from './common-passwords'

/*
 * PBKDF2-HMAC-SHA-256 with 600,000 iterations (ASVS appendix C). Production Workers refuse more than 100,000 in one call, so
 * six calls are chained, each taking the key of the one before as its password: the work cannot be shortened or split.
 */
const ITERATIONS = 100_000
const ROUNDS = 6
const SCHEME = 'pbkdf2-sha256-chained'
const SALT_BYTES = 16
const MAX_LENGTH = 256

type Pepper = Pick<Config, 'PASSWORD_PEPPER' | 'PASSWORD_PEPPER_PREVIOUS'>

const utf8 = new TextEncoder()

const hmac = async (secret: string, message: string): Promise<Uint8Array> => {
  const key = await crypto.subtle.importKey('raw', utf8.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ])
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8.encode(message)))
}

/** Names a pepper in the hashes made with it, without telling anything of it. */
const pepperId = async (pepper: string): Promise<string> =>
  base64url.encode((await hmac(pepper, 'latchkey/pepper-id')).slice(0, 6))

/**
 * The password goes in as its HMAC under the pepper: raw PBKDF2 takes `pw` and `pw\0` for the same, and a password of over
 * 64 bytes for its SHA-256.
 */
async function derive(password: string, pepper: string, salt: Uint8Array, iterations: number, rounds: number) {
  let secret = await hmac(pepper, password.normalize('NFC'))
  for (let round = 0; round < rounds; round++) {
    const key = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveBits'])
    secret = new Uint8Array(
      await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, key, 256),
    )
  }
  return secret
}

/** A PHC-style string: `$pbkdf2-sha256-chained$i=100000,r=6,p={pepper id}${salt}${hash}`. */
export async function hashPassword(password: string, { PASSWORD_PEPPER: pepper }: Pepper): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES))
  const hash = await derive(password, pepper, salt, ITERATIONS, ROUNDS)
  const parameters = await currentParameters(pepper)
  return `$${SCHEME}$${parameters}$${base64url.encode(salt)}$${base64url.encode(hash)}`
}

const currentParameters = async (pepper: string): Promise<string> =>
  `i=${ITERATIONS},r=${ROUNDS},p=${await pepperId(pepper)}`

const PHC = /^\$pbkdf2-sha256-chained\$(i=(\d{1,6}),r=(\d{1,2}),p=([\w-]+))\$([\w-]+)\$([\w-]{43})$/

/**
 * Whether the password is the one that was hashed, and whether the hash was made with other parameters than today's. With
 * `hash` null (nobody by that name, or no password) it does the same work and finds the password wrong.
 */
export async function verifyPassword(
  password: string,
  hash: string | null,
  peppers: Pepper,
): Promise<{ correct: boolean; outdated: boolean }> {
  const today = await currentParameters(peppers.PASSWORD_PEPPER)
  const dummy = `$${SCHEME}$${today}$${'A'.repeat(22)}$${'A'.repeat(43)}`
  const [, parameters, iterations, rounds, id = '', salt = '', expected = ''] = PHC.exec(hash ?? dummy) ?? []
  const pepper = await pepperNamed(id, peppers)
  if (pepper === undefined) throw new Error('A password hash names a pepper that is not configured')
  const actual = await derive(password, pepper, base64url.decode(salt), Number(iterations), Number(rounds))
  const equal = crypto.subtle.timingSafeEqual(actual, base64url.decode(expected))
  return { correct: equal && hash !== null, outdated: parameters !== today }
}

async function pepperNamed(id: string, peppers: Pepper): Promise<string | undefined> {
  for (const pepper of [peppers.PASSWORD_PEPPER, peppers.PASSWORD_PEPPER_PREVIOUS]) {
    if (pepper !== undefined && (await pepperId(pepper)) === id) return pepper
  }
  return undefined
}

/**
 * What a new password must be: long enough in code points after NFC, not one of the most common, not what an attacker who
 * knows the user would try first (ASVS 6.2.1–11: no rules of composition).
 * @param context the user's own names and contacts
 * @param path where the password stands in the body
 * @param assets where the list of the most common ones is
 * @throws {AppError} `invalid_fields`, `unavailable`
 */
export async function requireGoodPassword(
  password: string,
  context: readonly (string | null | undefined)[],
  { minLength, path, assets }: { minLength: number; path: string; assets: Fetcher },
): Promise<void> {
  const normal = password.normalize('NFC')
  const length = codePoints(normal)
  const refuse = (code: string, message: string) =>
    new AppError('invalid_fields', { errors: [{ path, code, message }] })
  if (length < minLength) throw refuse('too_short', `Must have at least ${minLength} characters`)
  if (length > MAX_LENGTH) throw refuse('too_long', `Must have at most ${MAX_LENGTH} characters`)
  if (await isCommonPassword(assets, normal)) throw refuse('too_common', 'Is one of the most common passwords')
  const folded = normal.toLowerCase()
  if (context.some((word) => word && ownWords(word).includes(folded))) {
    throw refuse('own_name', 'Must not be your own name, e-mail address or phone number')
  }
}

/** A name or contact as somebody would type it for a password: whole, the part before the @, a number's digits. */
const ownWords = (word: string): string[] => {
  const folded = word.normalize('NFC').toLowerCase()
  return [folded, folded.replace(/@.*$/s, ''), folded.replace(/^\+/, '')]
}
