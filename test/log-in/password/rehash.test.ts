import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { interruptedD1 } from '../../helpers/bindings'
import { Client, clientOf } from '../../helpers/client'
import { logIn, PASSWORD, signUp } from '../../helpers/people'
import { hashOf, pepperId, storedHash, storeHash } from './hashes'
import { useRealHashes } from './limit-hashing'

useRealHashes()

const NEW_PASSWORD = 'a better horse and another staple'
const NEW_PEPPER = 'another pepper for the tests, of 32 bytes and more'

const sessionIds = async () => (await env.DB.prepare('SELECT id FROM sessions ORDER BY id').raw()).flat()
const copies = async () => (await env.KV.list({ prefix: 'session:' })).keys.map(({ name }) => name)

describe('a hash with old parameters', () => {
  it('is replaced at the next log-in', async () => {
    const { user } = await signUp('alice')
    for (const old of [{ rounds: 1 }, { iterations: 50_000 }, { iterations: 1, rounds: 12 }]) {
      const outdated = await hashOf(PASSWORD, old)
      await storeHash(user.id, outdated)
      await logIn('alice')
      const renewed = await storedHash(user.id)
      expect(renewed).not.toBe(outdated)
      expect(renewed).toMatch(/^\$pbkdf2-sha256-chained\$i=100000,r=6,p=[\w-]{8}\$[\w-]{22}\$[\w-]{43}$/)
      await logIn('alice')
      expect(await storedHash(user.id)).toBe(renewed)
    }
  })

  it('is not replaced after a wrong password', async () => {
    const { user } = await signUp('alice')
    const outdated = await hashOf(PASSWORD, { rounds: 1 })
    await storeHash(user.id, outdated)
    const answer = await new Client().post('/auth/log-in', { identifier: 'alice', password: 'a wrong password' })
    expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
    expect(await storedHash(user.id)).toBe(outdated)
  })

  it('is replaced without a change of the profile', async () => {
    const { client, user } = await signUp('alice')
    await storeHash(user.id, await hashOf(PASSWORD, { rounds: 1 }))
    expect((await logIn('alice')).user).toEqual(user)
    expect((await client.get('/users/me')).body).toEqual(user)
  })
})

describe('a new pepper', () => {
  const rotated = { PASSWORD_PEPPER: NEW_PEPPER, PASSWORD_PEPPER_PREVIOUS: env.PASSWORD_PEPPER }

  it('accepts hashes of the previous pepper, and replaces them', async () => {
    const { user } = await signUp('alice')
    await logIn('alice', clientOf(rotated))
    const renewed = (await storedHash(user.id)) ?? ''
    expect(renewed).toContain(`,p=${await pepperId(NEW_PEPPER)}$`)
    await logIn('alice', clientOf({ PASSWORD_PEPPER: NEW_PEPPER }))
    expect(await storedHash(user.id)).toBe(renewed)
  })

  it('is used for new hashes', async () => {
    const { user } = await signUp('alice', clientOf(rotated))
    expect(await storedHash(user.id)).toContain(`,p=${await pepperId(NEW_PEPPER)}$`)
  })

  it('refuses older hashes with a 500 and no details when the previous pepper is missing', async () => {
    const { user, session } = await signUp('alice')
    const before = await storedHash(user.id)
    const client = clientOf({ PASSWORD_PEPPER: NEW_PEPPER })
    const { status, body, headers } = await client.post('/auth/log-in', { identifier: 'alice', password: PASSWORD })
    expect(status).toBe(500)
    expect(headers.get('Content-Type')).toBe('application/problem+json')
    expect(body).toEqual({
      type: '/problems/internal_error',
      title: 'Something went wrong on our side',
      status: 500,
      code: 'internal_error',
      requestId: expect.any(String),
    })
    expect(client.cookies.size).toBe(0)
    expect(await sessionIds()).toEqual([session.id])
    expect(await storedHash(user.id)).toBe(before)
  })
})

describe('a log-in during a change of the password', () => {
  it('does not succeed with the old password', async () => {
    const alice = await signUp('alice')
    const changeMeanwhile = async () => {
      const change = { newPassword: NEW_PASSWORD, currentPassword: PASSWORD }
      expect((await alice.client.put('/auth/password', change)).status).toBe(204)
    }
    const racing = clientOf({ DB: interruptedD1(2, changeMeanwhile) })
    const answer = await racing.post('/auth/log-in', { identifier: 'alice', password: PASSWORD })
    expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
    expect([...racing.cookies.keys()]).not.toContain('__Host-access')
    expect([...racing.cookies.keys()]).not.toContain('__Secure-refresh')
    expect(await sessionIds()).toEqual([alice.session.id])
    expect(await copies()).toEqual([`session:${alice.session.id}`])
    await logIn('alice', new Client(), NEW_PASSWORD)
  })

  it('does not overwrite the new hash with a renewed hash of the old password', async () => {
    const alice = await signUp('alice')
    await storeHash(alice.user.id, await hashOf(PASSWORD, { rounds: 1 }))
    const newHash = await hashOf(NEW_PASSWORD)
    const changeMeanwhile = () =>
      env.DB.prepare('UPDATE users SET password_hash = ?, password_version = password_version + 1').bind(newHash).run()
    const racing = clientOf({ DB: interruptedD1(2, changeMeanwhile) })
    const answer = await racing.post('/auth/log-in', { identifier: 'alice', password: PASSWORD })
    expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
    expect(await storedHash(alice.user.id)).toBe(newHash)
    expect(await sessionIds()).toEqual([alice.session.id])
  })

  it('succeeds for two at once with an outdated hash, which one of them renews', async () => {
    const alice = await signUp('alice')
    await storeHash(alice.user.id, await hashOf(PASSWORD, { rounds: 1 }))
    const racing = clientOf({ DB: interruptedD1(2, () => logIn('alice')) })
    const answer = await racing.post('/auth/log-in', { identifier: 'alice', password: PASSWORD })
    expect(answer.status).toBe(200)
    expect(await sessionIds()).toHaveLength(3)
  })
})

it('answers 500 for a stored hash of an unknown scheme', async () => {
  const { user } = await signUp('alice')
  await storeHash(user.id, '$2b$12$abcdefghijklmnopqrstuv')
  const { status, body } = await new Client().post('/auth/log-in', { identifier: 'alice', password: PASSWORD })
  expect({ status, code: body.code }).toEqual({ status: 500, code: 'internal_error' })
})
