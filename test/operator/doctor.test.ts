import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import worker from '../../src/index'
import type { DoctorReport } from '../../src/operator/doctor-schemas'
import { failingD1 } from '../helpers/bindings'
import { Client, clientOf } from '../helpers/client'
import { DAY, HOUR, setClock } from '../helpers/clock'
import { askForCode, codeRequest, stranger } from '../helpers/codes'
import { logIn, signUp } from '../helpers/people'
import { rowsOf } from '../helpers/storage'
import { hashOf, pepperId, storeHash } from '../log-in/password/hashes'

/*
 * What `npm run doctor` asks the Worker. scripts/doctor/ says what to do about it.
 */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const OPERATOR_TOKEN = 'a token of an operator, of 32 bytes and more'.replaceAll(' ', '-')
const OTHER = 'another secret for the tests, of 32 bytes and more'
const asOperator = { Authorization: `Bearer ${OPERATOR_TOKEN}` }

const runCron = (settings: object = {}) => worker.scheduled(createScheduledController(), { ...env, ...settings })
const ask = (settings: object = {}, query = '') =>
  clientOf({ OPERATOR_TOKEN, ...settings }, asOperator).get<DoctorReport>(`/operator/doctor${query}`)
const examine = async (settings: object = {}, query = '') => {
  const { status, body } = await ask(settings, query)
  expect(status).toBe(200)
  return body
}

describe('the examination of a deployment', () => {
  it('is for operators only, and is in their record', async () => {
    expect((await new Client(asOperator).get('/operator/doctor')).status).toBe(404)
    expect((await clientOf({ OPERATOR_TOKEN }).get('/operator/doctor')).status).toBe(404)
    await examine()
    expect(await rowsOf('operator_acts')).toMatchObject([{ act: 'doctor', operator: 'token', user_id: null }])
  })

  it('says which settings a channel and a provider lack', async () => {
    const half = {
      DELIVERY: '',
      EMAIL_FROM: 'a@example.com',
      EMAIL: undefined,
      TWILIO_ACCOUNT_SID: '',
      GOOGLE_CLIENT_SECRET: '',
    }
    expect(await examine({ ...half, PUBLIC_ORIGIN: '' })).toMatchObject({
      channels: [
        { channel: 'sms', missing: null },
        { channel: 'email', missing: ['the binding EMAIL'] },
      ],
      providerFaults: ['Google lacks GOOGLE_CLIENT_SECRET'],
    })
    expect((await examine({ EMAIL_FROM: 'a@example.com' })).channels[1]).toEqual({ channel: 'email', missing: [] })
  })

  it('says which plan it is, and whether there are passwords, alarms and signals', async () => {
    expect(await examine()).toMatchObject({
      plan: 'paid',
      passwords: 'on',
      alarms: false,
      signals: true,
      schema: { wants: '0000_init', finds: '0000_init' },
    })
    const free = { PLAN: 'free', PASSWORDS: 'off', ALARM_URL: 'https://hooks.example.com/x' }
    expect(await examine(free)).toMatchObject({ plan: 'free', passwords: 'off', alarms: true })
  })

  it('says when cron ran, and what is overdue', async () => {
    setClock(NOON)
    expect((await examine()).purge).toEqual({ at: null, overdueSeconds: {} })
    await runCron()
    expect((await examine()).purge).toEqual({ at: new Date(NOON).toISOString(), overdueSeconds: {} })
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 41000)
       INSERT INTO log_in_throttle SELECT ?1 * 1000 - i, 'key ' || i, 1, ?1, ?1 FROM n`,
    )
      .bind(NOON - DAY - 90_000)
      .run()
    setClock(NOON + HOUR)
    await runCron({ PLAN: 'free' })
    expect((await examine()).purge).toEqual({
      at: new Date(NOON + HOUR).toISOString(),
      overdueSeconds: { throttles: HOUR / 1000 + 90 },
    })
  })

  it('says what is left of the budgets, and how much was written to KV today', async () => {
    setClock(NOON)
    await signUp('alice')
    await askForCode(stranger(), codeRequest('alice@example.com', 'log_in'))
    const { budgets, kvWritesToday } = await examine()
    // Noon: thirteen of the day's slices, one message of them is gone.
    expect(budgets.find(({ channel, pool }) => channel === 'email' && pool === 'strangers')).toEqual({
      channel: 'email',
      pool: 'strangers',
      left: (9600 * 13) / 24 - 1,
      size: 9600,
    })
    expect(budgets).toHaveLength(6)
    expect(kvWritesToday).toBe(2)
    setClock(NOON + DAY)
    expect((await examine()).kvWritesToday).toBe(0)
  })

  it('says that D1 does not answer', async () => {
    expect((await ask({ DB: failingD1() })).status).toBe(503)
  })
})

describe('what still needs an older secret', () => {
  const rotated = { AUTH_SECRET: OTHER, AUTH_SECRET_PREVIOUS: env.AUTH_SECRET }

  it('is each session that was not refreshed since the new AUTH_SECRET signs', async () => {
    setClock(NOON)
    await runCron()
    const [alice] = [await signUp('alice'), await signUp('bob')]
    const before = (await examine()).authSecret
    expect(before).toMatchObject({ previousKid: null, since: new Date(NOON).toISOString(), olderSessions: null })
    setClock(NOON + HOUR)
    expect((await examine(rotated)).authSecret).toMatchObject({
      previousKid: before.kid,
      since: null,
      olderSessions: null,
    })
    await runCron(rotated)
    expect((await examine(rotated)).authSecret).toMatchObject({
      since: new Date(NOON + HOUR).toISOString(),
      olderSessions: 2,
    })
    setClock(NOON + 2 * HOUR)
    await runCron(rotated)
    await signUp('carol', clientOf(rotated))
    const refreshed = clientOf(rotated).copyCookies(alice.client)
    expect((await refreshed.post('/auth/refresh')).status).toBe(200)
    expect((await examine(rotated)).authSecret).toMatchObject({
      since: new Date(NOON + HOUR).toISOString(),
      olderSessions: 1,
    })
    setClock(NOON + 15 * DAY)
    expect((await examine(rotated)).authSecret.olderSessions).toBe(0)
  })

  it('is each hash that names another pepper, also one that is kept for a way back', async () => {
    const peppers = { PASSWORD_PEPPER: OTHER, PASSWORD_PEPPER_PREVIOUS: env.PASSWORD_PEPPER }
    const [alice, bob] = [await signUp('alice'), await signUp('bob')]
    await signUp('carol', clientOf(peppers))
    const names = { id: await pepperId(OTHER), previousId: await pepperId(env.PASSWORD_PEPPER), next: null }
    expect((await examine(peppers)).pepper).toEqual({ ...names, hashes: 3, previousHashes: 2, unknownHashes: 0 })
    await storeHash(bob.user.id, await hashOf('a password', { pepper: 'a third pepper', rounds: 1 }))
    await logIn('alice', clientOf(peppers))
    expect((await examine(peppers)).pepper).toEqual({ ...names, hashes: 3, previousHashes: 0, unknownHashes: 1 })
    await env.DB.prepare(`INSERT INTO past_identifiers (id, user_id, changed, password_hash, password_version, changed_at)
      SELECT 'x', id, 'password', ?, 0, 0 FROM users WHERE id = ?`)
      .bind(await hashOf('a password', { rounds: 1 }), alice.user.id)
      .run()
    expect((await examine(peppers)).pepper).toEqual({ ...names, hashes: 4, previousHashes: 1, unknownHashes: 1 })
  })

  it('is read in parts', async () => {
    const hash = await hashOf('a password', { rounds: 1 })
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 201000)
       INSERT INTO users (id, username, password_hash, created_at, updated_at)
       SELECT printf('01a1fa3a-cd78-7305-a121-%012x', i), 'user' || i, ?, 0, 0 FROM n`,
    )
      .bind(hash)
      .run()
    const first = (await examine({ PLAN: 'free' })).pepper
    expect(first).toMatchObject({ hashes: 200_000, next: expect.stringMatching(/^01a1fa3a/) })
    const second = (await examine({ PLAN: 'free' }, `?after=${first.next}`)).pepper
    expect(second).toMatchObject({ hashes: 1000, next: null })
    expect((await examine()).pepper).toMatchObject({ hashes: 201_000, next: null })
  })
})
