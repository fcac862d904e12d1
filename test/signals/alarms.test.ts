import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import worker from '../../src/index'
import { limits } from '../../src/limits'
import { FORGET_AFTER_MS } from '../../src/log-in/password/throttle'
import { SEND_LIMIT_MS } from '../../src/signals/alarm'
import { failingD1, failingKv, failingLimit } from '../helpers/bindings'
import { clientOf, ORIGIN, settleBackground } from '../helpers/client'
import { HOUR, setClock } from '../helpers/clock'
import { codeRequest, stranger } from '../helpers/codes'
import { logLines } from '../helpers/log-lines'
import { PASSWORD, together } from '../helpers/people'
import { withShortDeadline } from '../http/deadlines'
import { alarmReceiver } from './receiver'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')

/** Spends the budget of e-mail by asking for a code. */
const askForTooMuch = (bindings: object) =>
  clientOf({ ...bindings, EMAIL_DAILY_BUDGET: '0' }).post('/auth/otp', codeRequest('alice@example.com', 'log_in'))

describe('an alarm', () => {
  it('is a message in the format of Slack, after the answer', async () => {
    const { ALARM_URL, texts } = alarmReceiver()
    expect(await askForTooMuch({ ALARM_URL })).toMatchObject({ status: 503, body: { code: 'email_budget_spent' } })
    expect(await texts()).toEqual([
      'Latchkey: A part of the budget of e-mail is spent. (email_budget_spent; what to do: docs/operations.md)',
    ])
  })

  it('says which deployment it is about', async () => {
    const { ALARM_URL, texts } = alarmReceiver()
    const PUBLIC_ORIGIN = 'https://latchkey.example.com'
    const sends = { DELIVERY: '', EMAIL_FROM: 'a@example.com', EMAIL_DAILY_BUDGET: '0' }
    await clientOf({ ALARM_URL, PUBLIC_ORIGIN, ...sends }).post(
      `${PUBLIC_ORIGIN}/api/v1/auth/otp`,
      codeRequest('alice@example.com', 'log_in'),
    )
    expect(await texts()).toEqual([expect.stringMatching(/^Latchkey at https:\/\/latchkey\.example\.com: /)])
  })

  it('is sent once an hour, however many isolates have a reason for it', async () => {
    setClock(NOON)
    const { ALARM_URL, texts } = alarmReceiver()
    // Each isolate has bindings of its own, and a memory of its own.
    await together(20, () => askForTooMuch({ ALARM_URL }))
    expect(await texts()).toHaveLength(1)
    setClock(NOON + HOUR - 1)
    await askForTooMuch({ ALARM_URL })
    expect(await texts()).toHaveLength(1)
    setClock(NOON + HOUR)
    await together(5, () => askForTooMuch({ ALARM_URL }))
    expect(await texts()).toHaveLength(2)
  })

  it('of one kind does not hold back another kind', async () => {
    const { ALARM_URL, texts } = alarmReceiver()
    await askForTooMuch({ ALARM_URL })
    await clientOf({ ALARM_URL, SMS_DAILY_BUDGET: '0' }).post('/auth/otp', codeRequest('+821012345678', 'log_in'))
    expect((await texts()).map((text) => /\((\w+);/.exec(text)?.[1])).toEqual([
      'email_budget_spent',
      'sms_budget_spent',
    ])
  })

  it('asks D1 once a minute in an isolate', async () => {
    setClock(NOON)
    const { ALARM_URL, texts } = alarmReceiver()
    const isolate = { ALARM_URL, EMAIL_DAILY_BUDGET: '0' }
    for (const _ of Array(5)) await clientOf(isolate).post('/auth/otp', codeRequest('alice@example.com', 'log_in'))
    expect(await texts()).toHaveLength(1)
    const [row] = (await env.DB.prepare('SELECT count FROM alarms').raw()).flat()
    expect(row).toBe(1)
  })

  it('makes no call to D1 without ALARM_URL', async () => {
    await askForTooMuch({})
    await settleBackground()
    expect((await env.DB.prepare('SELECT * FROM alarms').all()).results).toEqual([])
  })

  it.each(['broken', 'silent'] as const)('that cannot be sent is only logged, without the address: %s', async (how) => {
    const { ALARM_URL } = alarmReceiver(how)
    const { lines, text } = await logLines(() =>
      withShortDeadline(how === 'silent' ? SEND_LIMIT_MS : 0, async () => {
        expect((await askForTooMuch({ ALARM_URL })).status).toBe(503)
        await settleBackground(5000)
      }),
    )
    expect(lines.filter(({ event }) => event === 'alarm_not_sent')).toEqual([
      expect.objectContaining({
        level: 'warn',
        kind: 'email_budget_spent',
        ...(how === 'broken' ? { status: 500 } : { reason: 'DeadlineError' }),
      }),
    ])
    expect(text).not.toContain(ALARM_URL)
  })

  it('has to go by https, or stay on this computer', async () => {
    for (const ALARM_URL of ['http://hooks.example.com/x', 'hooks', 'ftp://hooks.example.com']) {
      const { status, body } = await clientOf({ ALARM_URL }).get(`${ORIGIN}/health`)
      expect({ status, body }).toMatchObject({ status: 503, body: { code: 'misconfigured' } })
    }
  })
})

describe('the alarms', () => {
  it('tell of wrong guesses above the ceiling', async () => {
    const { ALARM_URL, texts } = alarmReceiver()
    await env.DB.prepare(`INSERT INTO hour_counts VALUES ('wrong_passwords', ?, ?)`)
      .bind(Math.floor(Date.now() / HOUR), limits.all_password_guesses.quota)
      .run()
    await clientOf({ ALARM_URL }).post('/auth/log-in', { identifier: 'nobody', password: PASSWORD })
    await expect.poll(texts).toEqual([expect.stringContaining('(guesses_ceiling;')])
  })

  it('tell of messages that fail three times within an hour, in any isolate', async () => {
    const { ALARM_URL, texts } = alarmReceiver()
    const EMAIL: SendEmail = {
      send: () => Promise.reject(Object.assign(new Error('no'), { code: 'E_SENDER_NOT_VERIFIED' })),
    }
    const fail = (n: number) =>
      clientOf({ ALARM_URL, EMAIL, DELIVERY: '', EMAIL_FROM: 'a@example.com' }).post(
        '/auth/otp',
        codeRequest(`a${n}@example.com`, 'log_in'),
      )
    expect((await fail(1)).status).toBe(202)
    await fail(2)
    await settleBackground()
    expect(await texts()).toEqual([])
    await fail(3)
    await expect.poll(texts).toEqual([expect.stringContaining('(messages_failing;')])
    await together(5, fail)
    await settleBackground()
    expect(await texts()).toHaveLength(1)
  })

  it('do not tell of a message that one recipient cannot get', async () => {
    const { ALARM_URL, texts } = alarmReceiver()
    const EMAIL: SendEmail = {
      send: () => Promise.reject(Object.assign(new Error('no'), { code: 'E_DELIVERY_FAILED' })),
    }
    for (const n of [1, 2, 3, 4])
      await clientOf({ ALARM_URL, EMAIL, DELIVERY: '', EMAIL_FROM: 'a@example.com' }).post(
        '/auth/otp',
        codeRequest(`a${n}@example.com`, 'log_in'),
      )
    await settleBackground()
    expect(await texts()).toEqual([])
  })

  it('tell of old rows that are overdue by more than an hour, and of a purge that fails', async () => {
    const run = (bindings: object) => worker.scheduled(createScheduledController(), { ...env, ...bindings })
    const addStale = (overdue: number) =>
      env.DB.prepare(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 41000)
         INSERT OR REPLACE INTO log_in_throttle SELECT ?1 * 1000 - i, 'key ' || i, 1, ?1, ?1 FROM n`,
      )
        .bind(Date.now() - FORGET_AFTER_MS - overdue)
        .run()
    setClock(NOON)
    const calm = alarmReceiver()
    await addStale(HOUR)
    await run({ ALARM_URL: calm.ALARM_URL, PLAN: 'free' })
    expect(await calm.texts()).toEqual([])
    await addStale(HOUR + 2000)
    await run({ ALARM_URL: calm.ALARM_URL, PLAN: 'free' })
    expect(await calm.texts()).toEqual([expect.stringContaining('(purge_behind;')])

    const failing = alarmReceiver()
    await run({ ALARM_URL: failing.ALARM_URL, DB: failingD1((sql) => sql.includes('from "sessions"')) })
    expect(await failing.texts()).toEqual([expect.stringContaining('(purge_failed;')])
  })
})

describe('the share of server errors', () => {
  const ask = async (bindings: Partial<Env> & Record<string, unknown>, count: number) => {
    for (let n = 0; n < count; n++) await clientOf(bindings).get('/users/me/export')
  }

  it('raises an alarm above a tenth of at least 20 answers within a minute', async () => {
    setClock(NOON)
    const { ALARM_URL, texts } = alarmReceiver()
    const isolate: Record<string, unknown> = { ALARM_URL, ...failingLimit() }
    await ask(isolate, 19)
    expect(await texts()).toEqual([])
    await ask(isolate, 1)
    expect(await texts()).toEqual([expect.stringContaining('(server_errors;')])
  })

  it('begins again each minute, and counts no answer that has another cause', async () => {
    setClock(NOON)
    const { ALARM_URL, texts } = alarmReceiver()
    const isolate: Record<string, unknown> = { ALARM_URL, ...failingLimit() }
    await ask(isolate, 19)
    setClock(NOON + 60_000)
    await ask(isolate, 19)
    const spent = { ALARM_URL, DELIVERY: '' }
    for (const _ of Array(30)) await clientOf(spent).post('/auth/otp', codeRequest('alice@example.com', 'log_in'))
    expect(await texts()).toEqual([])
  })

  it.each([
    ['D1', { DB: failingD1() }],
    ['D1 and KV', { DB: failingD1(), KV: failingKv() }],
    ['a setting', { AUTH_SECRET: 'too short' }],
  ])('raises an alarm although it is %s that fails', async (_, broken) => {
    const { ALARM_URL, texts } = alarmReceiver()
    const isolate: Record<string, unknown> = { ALARM_URL, ...broken }
    for (const _ of Array(25)) await clientOf(isolate).get(`${ORIGIN}/api/v1/todos`)
    await together(25, () => clientOf(isolate).get(`${ORIGIN}/health`))
    await together(25, () => stranger(isolate).post('/auth/otp', codeRequest('alice@example.com', 'log_in')))
    expect(await texts()).toEqual([expect.stringContaining('(server_errors;')])
  })

  it('is told by KV at most a few times while D1 is down', async () => {
    setClock(NOON)
    const { ALARM_URL, texts } = alarmReceiver()
    for (const _ of Array(3)) {
      const isolate: Record<string, unknown> = { ALARM_URL, DB: failingD1() }
      await together(25, () => stranger(isolate).post('/auth/otp', codeRequest('alice@example.com', 'log_in')))
      await settleBackground()
    }
    expect(await texts()).toHaveLength(1)
  })
})
