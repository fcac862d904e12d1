import { env } from 'cloudflare:workers'
import { base64url } from 'jose'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../../src/config'
import { hashPassword, verifyPassword } from '../../../src/log-in/password/hash'
import { Client } from '../../helpers/client'
import { logIn, PASSWORD, signUp } from '../../helpers/people'
import { callsOf, hashCalls, hashOf, pbkdf2, pepperId, storedHash, storeHash } from './hashes'
import { useRealHashes } from './limit-hashing'

useRealHashes()

const utf8 = new TextEncoder()
const config = readConfig(env)
const signUpWith = (username: string, password: string) => new Client().post('/auth/sign-up', { username, password })
const logInWith = (identifier: string, password: string) => new Client().post('/auth/log-in', { identifier, password })

describe('the limit of PBKDF2 iterations in production', () => {
  it('also holds in these tests: one call accepts 100,000 iterations and refuses 100,001', async () => {
    const derive = async (iterations: number) => pbkdf2(utf8.encode(PASSWORD), new Uint8Array(16), iterations)
    expect(await derive(100_000)).toHaveLength(32)
    await expect(derive(100_001)).rejects.toThrow('iteration counts above 100000 are not supported')
  })

  it('is kept by the Worker, which uses 600,000 iterations in all', async () => {
    expect(await hashCalls(() => signUp('alice'))).toEqual(callsOf(1))
    expect(callsOf(1).reduce((sum, iterations) => sum + iterations)).toBe(600_000)
  })
})

describe('a stored hash', () => {
  it('names its scheme, rounds and pepper, and is the result of six chained calls', async () => {
    const { user } = await signUp('alice')
    const hash = (await storedHash(user.id)) ?? ''
    const [, scheme, parameters, salt = '', digest = ''] = hash.split('$')
    expect(scheme).toBe('pbkdf2-sha256-chained')
    expect(parameters).toBe(`i=100000,r=6,p=${await pepperId(env.PASSWORD_PEPPER)}`)
    expect(base64url.decode(salt)).toHaveLength(16)
    expect(base64url.decode(digest)).toHaveLength(32)
    expect(hash).toBe(await hashOf(PASSWORD, { salt: base64url.decode(salt) }))
  })

  it('has a salt of its own', async () => {
    const [alice, bob] = [await signUp('alice'), await signUp('bobby')]
    const salts = [await storedHash(alice.user.id), await storedHash(bob.user.id)].map((hash) => hash?.split('$')[3])
    expect(new Set(salts).size).toBe(2)
  })

  it('contains neither the password nor the pepper', async () => {
    const { user } = await signUp('alice')
    const row = await env.DB.prepare('SELECT * FROM users WHERE id = ?').bind(user.id).first()
    expect(JSON.stringify(row)).not.toContain(PASSWORD)
    expect(JSON.stringify(row)).not.toContain(env.PASSWORD_PEPPER)
  })
})

describe('the same password', () => {
  it('logs in with composed and with decomposed letters', async () => {
    const password = 'Zoë eats crème brûlée'
    expect(password.normalize('NFD')).not.toBe(password.normalize('NFC'))
    expect((await signUpWith('alice', password.normalize('NFC'))).status).toBe(201)
    expect((await logInWith('alice', password.normalize('NFD'))).status).toBe(200)
    expect((await signUpWith('bobby', password.normalize('NFD'))).status).toBe(201)
    expect((await logInWith('bobby', password.normalize('NFC'))).status).toBe(200)
  })

  it('must have the same letter case, the same characters and no extra spaces', async () => {
    await signUpWith('alice', 'Correct horse ﬁne')
    for (const other of ['correct horse ﬁne', 'Correct horse fine', ' Correct horse ﬁne', 'Correct horse ﬁne ']) {
      const { status, body } = await logInWith('alice', other)
      expect({ other, status, code: body.code }).toEqual({ other, status: 401, code: 'invalid_credentials' })
      await env.DB.prepare('DELETE FROM log_in_throttle').run()
    }
    expect((await logInWith('alice', 'Correct horse ﬁne')).status).toBe(200)
  })
})

describe('a password that is equal to another for PBKDF2 itself', () => {
  /** PBKDF2 first hashes keys over 64 bytes. The number at the end is chosen so that this SHA-256 is UTF-8 without NUL. */
  const LONG = 'correct horse battery staple, and long enough to be hashed first: 4355742'

  it('is wrong when it only adds a NUL at the end', async () => {
    const salt = new Uint8Array(16)
    expect(await pbkdf2(utf8.encode(PASSWORD), salt, 1)).toEqual(await pbkdf2(utf8.encode(`${PASSWORD}\0`), salt, 1))
    const hash = await hashPassword(PASSWORD, config)
    expect(await verifyPassword(PASSWORD, hash, config)).toEqual({ correct: true, outdated: false })
    expect(await verifyPassword(`${PASSWORD}\0`, hash, config)).toEqual({ correct: false, outdated: false })
  })

  it('is refused with a NUL or a lone surrogate, as a new password and at log-in', async () => {
    const { client } = await signUp('alice')
    for (const bad of [`${PASSWORD}\0`, `${PASSWORD}\ud83d`]) {
      const at = (path: string) => ({
        status: 422,
        body: { code: 'invalid_fields', errors: [{ path, code: 'invalid_characters', message: expect.any(String) }] },
      })
      expect(await signUpWith('bobby', bad)).toMatchObject(at('/password'))
      expect(await logInWith('alice', bad)).toMatchObject(at('/password'))
      const change = { newPassword: bad, currentPassword: PASSWORD }
      expect(await client.put('/auth/password', change)).toMatchObject(at('/newPassword'))
    }
    expect(await env.DB.prepare('SELECT count(*) AS users FROM users').first()).toEqual({ users: 1 })
    expect(await env.DB.prepare('SELECT * FROM log_in_throttle').all()).toMatchObject({ results: [] })
  })

  it('is wrong when it is the SHA-256 of a long password', async () => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(LONG)))
    const twin = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(digest)
    expect(twin.normalize('NFC')).toBe(twin)
    const salt = new Uint8Array(16)
    expect(await pbkdf2(utf8.encode(LONG), salt, 1)).toEqual(await pbkdf2(utf8.encode(twin), salt, 1))

    expect((await signUpWith('alice', LONG)).status).toBe(201)
    expect(await logInWith('alice', twin)).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
    expect((await logInWith('alice', LONG)).status).toBe(200)
  })
})

describe('a log-in that fails', () => {
  it('costs and answers the same for an unknown user, a wrong password and a user without a password', async () => {
    const { user } = await signUp('alice')
    const bodies: unknown[] = []
    const attempt = async (identifier: string, password: string) => {
      const calls = await hashCalls(async () => {
        const { status, headers, body } = await logInWith(identifier, password)
        expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="latchkey"')
        bodies.push({ status, body: { ...body, requestId: '' } })
      })
      expect(calls).toEqual(callsOf(1))
    }
    await attempt('alice', 'a wrong password')
    await attempt('nobody', PASSWORD)
    await env.DB.prepare("UPDATE users SET email = 'alice@example.com' WHERE id = ?").bind(user.id).run()
    await storeHash(user.id, null)
    await attempt('alice', PASSWORD)
    expect(bodies).toEqual(
      Array(3).fill({
        status: 401,
        body: {
          type: '/problems/invalid_credentials',
          title: 'The identifier or the password is wrong',
          status: 401,
          code: 'invalid_credentials',
          requestId: '',
        },
      }),
    )
  })

  it('does not prevent the next log-in', async () => {
    await signUp('alice')
    expect((await logInWith('alice', 'a wrong password')).status).toBe(401)
    expect((await logIn('alice')).user.username).toBe('alice')
  })
})
