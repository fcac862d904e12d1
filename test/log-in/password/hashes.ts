import { env } from 'cloudflare:workers'
import { base64url } from 'jose'
import { type MockInstance, vi } from 'vitest'

/*
 * Password hashes, computed with WebCrypto alone, and a count of the hashes that the Worker computes.
 */

const utf8 = new TextEncoder()

async function hmac(secret: string, message: string): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', utf8.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ])
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8.encode(message)))
}

/** One call of PBKDF2-HMAC-SHA-256, to 32 bytes. */
export async function pbkdf2(password: Uint8Array, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits'])
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, key, 256))
}

/** The id of a pepper in a stored hash: 8 characters of base64url, which reveal nothing about the pepper. */
export const pepperId = async (pepper: string): Promise<string> =>
  base64url.encode((await hmac(pepper, 'latchkey/pepper-id')).slice(0, 6))

interface Parameters {
  pepper?: string
  iterations?: number
  rounds?: number
  salt?: Uint8Array
}

/** The stored hash of a password, with these parameters or the present ones. */
export async function hashOf(
  password: string,
  {
    pepper = env.PASSWORD_PEPPER,
    iterations = 100_000,
    rounds = 6,
    salt = crypto.getRandomValues(new Uint8Array(16)),
  }: Parameters = {},
): Promise<string> {
  let hash = await hmac(pepper, password)
  for (let round = 0; round < rounds; round++) hash = await pbkdf2(hash, salt, iterations)
  const parameters = `i=${iterations},r=${rounds},p=${await pepperId(pepper)}`
  return `$pbkdf2-sha256-chained$${parameters}$${base64url.encode(salt)}$${base64url.encode(hash)}`
}

export async function storedHash(userId: string): Promise<string | null | undefined> {
  const row = await env.DB.prepare('SELECT password_hash AS hash FROM users WHERE id = ?')
    .bind(userId)
    .first<{ hash: string | null }>()
  return row?.hash
}

export async function storeHash(userId: string, hash: string | null): Promise<void> {
  await env.DB.prepare('UPDATE users SET password_hash = ? WHERE id = ?').bind(hash, userId).run()
}

/** The iterations of every PBKDF2 call while `act` runs. Checking one password takes six calls of 100,000. */
export async function hashCalls(act: () => Promise<unknown>): Promise<number[]> {
  const spy: MockInstance<SubtleCrypto['deriveBits']> = vi.spyOn(crypto.subtle, 'deriveBits')
  try {
    await act()
    const algorithms = spy.mock.calls
      .map(([algorithm]) => algorithm)
      .filter((algorithm) => typeof algorithm === 'object')
    return algorithms.flatMap(({ name, iterations }) => (name === 'PBKDF2' ? (iterations ?? 0) : []))
  } finally {
    spy.mockRestore()
  }
}

/** The calls that it takes to check this many passwords. */
export const callsOf = (passwords: number): number[] => Array<number>(6 * passwords).fill(100_000)
