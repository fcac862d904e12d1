import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { Client } from '../helpers/client'
import { type Person, signUp, withBearer } from '../helpers/people'
import { forgeAccessToken } from '../helpers/tokens'

const utf8 = new TextEncoder()

/** The bytes of one of the Worker's keys, for an algorithm that the key itself does not allow. */
export async function keyBytes(label: string): Promise<Uint8Array> {
  const root = await crypto.subtle.importKey('raw', utf8.encode(env.AUTH_SECRET), 'HKDF', false, ['deriveBits'])
  const info = utf8.encode(`latchkey/${label}`)
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }
  return new Uint8Array(await crypto.subtle.deriveBits(hkdf, root, 256))
}

/** Somebody whose access token is forged. A forgery that changes nothing is accepted. */
export async function signUpVictim(): Promise<Person> {
  const alice = await signUp('alice')
  expect((await withBearer(await forgeAccessToken(alice)).get('/auth/session')).status).toBe(200)
  return alice
}

/** Expects each of these tokens to be refused: as a bearer token and as a cookie, for reading and for writing. */
export async function expectTokensRefused(tokens: Record<string, string>): Promise<void> {
  for (const [name, token] of Object.entries(tokens)) {
    const cookie = new Client({ Cookie: `__Host-access=${token}` })
    for (const answer of [
      await withBearer(token).get('/auth/session'),
      await withBearer(token).patch('/users/me', { name: 'Mallory' }),
      await cookie.get('/auth/session'),
      await cookie.patch('/users/me', { name: 'Mallory' }),
    ]) {
      expect({ name, status: answer.status, body: answer.body }).toEqual({
        name,
        status: 401,
        body: {
          type: '/problems/unauthenticated',
          title: 'No valid access token, or its session has ended',
          status: 401,
          code: 'unauthenticated',
          requestId: expect.any(String),
        },
      })
      expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="latchkey", error="invalid_token"')
    }
  }
}
