import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { Client, settleBackground } from '../../helpers/client'
import { advanceClock, setClock } from '../../helpers/clock'
import { PASSWORD, type Person, signUp, tally, together } from '../../helpers/people'
import { callsOf, hashCalls } from '../password/hashes'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const WRONG = 'a wrong password'
const NEW_PASSWORD = 'a better horse and another staple'

const change = ({ client }: Person, currentPassword: string) =>
  client.put('/auth/password', { newPassword: NEW_PASSWORD, currentPassword })
const remove = ({ client }: Person, currentPassword: string) => client.delete('/users/me', { currentPassword })
const removeEmail = ({ client }: Person, currentPassword: string) =>
  client.delete('/users/me/email', { currentPassword })
const endOthers = ({ client }: Person, currentPassword: string) => client.delete('/auth/sessions', { currentPassword })
const logInWith = (password: string) => new Client().post('/auth/log-in', { identifier: 'alice', password })

const wrongPassword = { status: 403, body: { code: 'wrong_password' } }
const tooMany = { status: 429, body: { code: 'too_many_attempts' } }
const throttle = async () =>
  (await env.DB.prepare('SELECT key, failures FROM log_in_throttle ORDER BY key').all()).results

beforeEach(() => {
  setClock(NOON)
})

describe('wrong current passwords', () => {
  it('are counted together for all routes, and the sixth is not checked', async () => {
    const alice = await signUp('alice')
    for (const prove of [change, remove, removeEmail, endOthers, change]) {
      expect(await prove(alice, WRONG)).toMatchObject(wrongPassword)
    }
    expect(await throttle()).toEqual([{ key: `${alice.user.id}:proof`, failures: 5 }])

    const calls = await hashCalls(async () => {
      for (const password of [WRONG, PASSWORD]) {
        for (const prove of [change, remove, removeEmail, endOthers]) {
          const answer = await prove(alice, password)
          expect(answer).toMatchObject(tooMany)
          expect(answer.headers.get('Retry-After')).toBe('1')
          expect(answer.headers.get('RateLimit-Policy')).toBe('"proof_failures";q=5;w=900')
          expect(answer.headers.get('RateLimit')).toBe('"proof_failures";r=0;t=1')
        }
      }
    })
    expect(calls).toEqual([])
    expect((await alice.client.get('/users/me')).body).toEqual(alice.user)
    expect(await throttle()).toEqual([{ key: `${alice.user.id}:proof`, failures: 5 }])

    setClock(NOON + 1000)
    expect(await remove(alice, WRONG)).toMatchObject(wrongPassword)
    expect(await change(alice, WRONG)).toMatchObject(tooMany)
  })

  it('do not prevent a log-in, which clears none of these counts', async () => {
    const alice = await signUp('alice')
    for (const _ of Array(5)) expect(await change(alice, WRONG)).toMatchObject(wrongPassword)
    expect(await change(alice, PASSWORD)).toMatchObject(tooMany)
    expect(await logInWith(WRONG)).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
    expect(await throttle()).toEqual([
      { key: alice.user.id, failures: 1 },
      { key: `${alice.user.id}:proof`, failures: 5 },
    ])
    expect((await logInWith(PASSWORD)).status).toBe(200)
    expect(await throttle()).toEqual([
      { key: alice.user.id, failures: 1 },
      { key: `${alice.user.id}:proof`, failures: 5 },
    ])
    advanceClock(1000)
    expect((await change(alice, PASSWORD)).status).toBe(204)
    expect(await throttle()).toEqual([{ key: alice.user.id, failures: 1 }])
  })

  it('are not counted together with wrong passwords at log-in', async () => {
    const alice = await signUp('alice')
    const strangers = await together(6, () => logInWith(WRONG))
    expect(tally(strangers.map(({ status }) => status))).toEqual({ 401: 5, 429: 1 })
    expect((await change(alice, PASSWORD)).status).toBe(204)
  })

  it('are checked only five times when 50 are sent at once', async () => {
    const alice = await signUp('alice')
    const calls = await hashCalls(async () => {
      const answers = await together(50, (n) => (n % 2 === 0 ? change(alice, WRONG) : remove(alice, WRONG)))
      expect(tally(answers.map(({ status }) => status))).toEqual({ 403: 5, 429: 45 })
    })
    expect(calls).toEqual(callsOf(5))
  })

  it('are no longer counted after a change of the password', async () => {
    const alice = await signUp('alice')
    for (const _ of Array(4)) expect(await change(alice, WRONG)).toMatchObject(wrongPassword)
    expect((await change(alice, PASSWORD)).status).toBe(204)
    expect(await throttle()).toEqual([])
  })

  it('are no longer counted after the right one, even if the request fails', async () => {
    const alice = await signUp('alice')
    for (const _ of Array(4)) expect(await change(alice, WRONG)).toMatchObject(wrongPassword)
    const body = { newPassword: 'short', currentPassword: PASSWORD }
    expect((await alice.client.put('/auth/password', body)).status).toBe(422)
    await settleBackground()
    expect(await throttle()).toEqual([])
  })

  it('leave no row after the account is deleted', async () => {
    const alice = await signUp('alice')
    expect(await remove(alice, WRONG)).toMatchObject(wrongPassword)
    expect((await remove(alice, PASSWORD)).status).toBe(204)
    expect(await throttle()).toEqual([])
  })

  it('are not counted from somebody who is not signed in', async () => {
    const alice = await signUp('alice')
    await env.DB.prepare('DELETE FROM sessions').run()
    for (const answer of [
      await change(alice, WRONG),
      await remove(alice, WRONG),
      await removeEmail(alice, WRONG),
      await endOthers(alice, WRONG),
      await new Client().put('/auth/password', { newPassword: NEW_PASSWORD, currentPassword: WRONG }),
    ]) {
      expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    }
    expect(await throttle()).toEqual([])
  })
})
