import { base64url } from 'jose'
import type { Config } from '../../config'
import { namedGroups } from '../../lib/named-groups'

/*
 * PBKDF2-HMAC-SHA-256 with 600,000 iterations (ASVS appendix C). Production Workers refuse more than 100,000 in one call, so six
 * calls are chained: each takes the key of the one before as its password. So the work cannot be shortened or done in parallel.
 */
const ITERATIONS = 100_000
const ROUNDS = 6
const SCHEME = 'pbkdf2-sha256-chained'
const SALT_BYTES = 16

type Pepper = Pick<Config, 'PASSWORD_PEPPER' | 'PASSWORD_PEPPER_PREVIOUS'>

const utf8 = new TextEncoder()

const hmac = async (secret: string, message: string): Promise<Uint8Array> => {
  const key = await crypto.subtle.importKey('raw', utf8.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ])
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8.encode(message)))
}

/** Names a pepper in the hashes that were made with it, and tells nothing about it. */
export const pepperId = async (pepper: string): Promise<string> =>
  base64url.encode((await hmac(pepper, 'latchkey/pepper-id')).slice(0, 6))

/** How a key is derived: `rounds` calls of `iterations` each. */
interface DerivationParameters {
  salt: Uint8Array
  iterations: number
  rounds: number
}

/**
 * The key of a password, which is in NFC already (`readText`). The password goes in as its HMAC under the pepper, because raw
 * PBKDF2 cannot tell `pw` from `pw\0`, nor a password of more than 64 bytes from its SHA-256.
 */
async function derive(password: string, pepper: string, { salt, iterations, rounds }: DerivationParameters) {
  let secret = await hmac(pepper, password)
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
  const hash = await derive(password, pepper, { salt, iterations: ITERATIONS, rounds: ROUNDS })
  const parameters = await currentParameters(pepper)
  return `$${SCHEME}$${parameters}$${base64url.encode(salt)}$${base64url.encode(hash)}`
}

const currentParameters = async (pepper: string): Promise<string> =>
  `i=${ITERATIONS},r=${ROUNDS},p=${await pepperId(pepper)}`

const PHC =
  /^\$pbkdf2-sha256-chained\$(?<parameters>i=(?<iterations>\d{1,6}),r=(?<rounds>\d{1,2}),p=(?<id>[\w-]+))\$(?<salt>[\w-]+)\$(?<expected>[\w-]{43})$/

/**
 * Whether the password is the one that was hashed, and whether the hash was made with older parameters than today's. When `hash`
 * is null, because there is no such user or no password, it does the same work and says that the password is wrong.
 */
export async function verifyPassword(
  password: string,
  hash: string | null,
  peppers: Pepper,
): Promise<{ correct: boolean; outdated: boolean }> {
  const today = await currentParameters(peppers.PASSWORD_PEPPER)
  const dummy = `$${SCHEME}$${today}$${'A'.repeat(22)}$${'A'.repeat(43)}`
  const { parameters, iterations, rounds, id = '', salt = '', expected = '' } = namedGroups(PHC, hash ?? dummy)
  const pepper = await pepperNamed(id, peppers)
  if (pepper === undefined) throw new Error('A password hash names a pepper that is not configured')
  const derivation = { salt: base64url.decode(salt), iterations: Number(iterations), rounds: Number(rounds) }
  const actual = await derive(password, pepper, derivation)
  const equal = crypto.subtle.timingSafeEqual(actual, base64url.decode(expected))
  return { correct: equal && hash !== null, outdated: parameters !== today }
}

async function pepperNamed(id: string, peppers: Pepper): Promise<string | undefined> {
  for (const pepper of [peppers.PASSWORD_PEPPER, peppers.PASSWORD_PEPPER_PREVIOUS]) {
    if (pepper !== undefined && (await pepperId(pepper)) === id) return pepper
  }
  return undefined
}
