import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { readConfig } from '../../src/config'
import { deriveKeys, type Keys } from '../../src/keys'
import { mac } from '../../src/lib/mac'
import { type ProvenContact as Proof, signVerificationToken } from '../../src/log-in/code/verification'
import type { Contact } from '../../src/users/contacts'
import { Client } from './client'
import { type Person, signUp, withBearer } from './people'

const utf8 = new TextEncoder()

/** The keys of the tests' own Worker: a forger who has them can leave out one thing at a time. */
export const ownKeys = (): Promise<Keys> => deriveKeys(readConfig(env))

/** The bytes of one of those keys, for an algorithm that the key itself does not take. */
export async function keyBytes(label: string): Promise<Uint8Array> {
  const root = await crypto.subtle.importKey('raw', utf8.encode(env.AUTH_SECRET), 'HKDF', false, ['deriveBits'])
  const info = utf8.encode(`latchkey/${label}`)
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }
  return new Uint8Array(await crypto.subtle.deriveBits(hkdf, root, 256))
}

export interface Forgery {
  header?: Record<string, unknown>
  claims?: Record<string, unknown>
  /** Signs what stands before the last dot. */
  sign?: (input: string) => Promise<string> | string
}

const encode = (value: unknown): string =>
  btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

/**
 * An access token as the Worker itself would sign it now for this person, but for what the forgery changes; `undefined`
 * leaves a part out.
 */
export async function forge(
  { user, session }: Pick<Person, 'user' | 'session'>,
  forgery: Forgery = {},
): Promise<string> {
  const { kid, accessToken } = (await ownKeys()).current
  const now = Math.floor(Date.now() / 1000)
  const header = { alg: 'HS256', typ: 'at+jwt', kid, ...forgery.header }
  const claims = {
    iss: 'latchkey',
    aud: 'latchkey-api',
    sub: user.id,
    sid: session.id,
    iat: now,
    exp: now + 600,
    jti: crypto.randomUUID(),
    ...forgery.claims,
  }
  const input = `${encode(header)}.${encode(claims)}`
  const sign = forgery.sign ?? ((signed: string) => mac(accessToken, signed))
  return `${input}.${await sign(input)}`
}

/** A verification token for a contact, signed as the Worker itself would do it now. */
export async function proofOf({ channel, to }: Contact, purpose: Proof['purpose'] = 'verify'): Promise<string> {
  return (await signVerificationToken(await ownKeys(), { purpose, channel, to }, Date.now())).verificationToken
}

/** The access token in a person's cookie jar. */
export const accessTokenOf = ({ client }: Pick<Person, 'client'>): string => client.cookies.get('__Host-access') ?? ''

/** The refresh token in a person's cookie jar. */
export const refreshTokenOf = ({ client }: Pick<Person, 'client'>): string =>
  client.cookies.get('__Secure-refresh') ?? ''

/** Somebody signed in, whose token the forgeries copy; the copy itself would be taken. */
export async function victim(): Promise<Person> {
  const alice = await signUp('alice')
  expect((await withBearer(await forge(alice)).get('/auth/session')).status).toBe(200)
  return alice
}

/** Every one of these tokens is refused, as a bearer token and as a cookie, for reading and for writing. */
export async function expectRefused(tokens: Record<string, string>): Promise<void> {
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
