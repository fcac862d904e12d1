import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Client, ProblemBody } from '../helpers/client'
import { DAY, HOUR, MINUTE, setClock } from '../helpers/clock'
import { allMessagesTo, codeRequest, stranger } from '../helpers/codes'
import { signUpWithContacts } from '../helpers/devices'
import { tally, together } from '../helpers/people'
import { someOf } from '../helpers/some-of'
import { expectNoChanges, rowsOf } from '../helpers/storage'

/*
 * The strangers' pool of the budgets: its hourly slices, and its part for password resets. The other pools are tested where they are
 * used: notices in notices.test.ts, known devices in log-in/known-devices.test.ts.
 */

const MIDNIGHT = Date.parse('2026-12-01T00:00:00.000Z')
const TODAY = MIDNIGHT / DAY

const CHANNELS = ['sms', 'email'] as const
type Channel = (typeof CHANNELS)[number]

/** Somebody who asks a Worker with this budget. Of 120 messages a day, strangers have 48, which are two an hour. */
const budgeted = (channel: Channel, budget = 120): Client =>
  stranger({ [channel === 'sms' ? 'SMS_DAILY_BUDGET' : 'EMAIL_DAILY_BUDGET']: String(budget) })

const contact = (channel: Channel, n: number): string =>
  channel === 'sms' ? `+8210${20_000_000 + n * 10_000}` : `user${n}@example.com`

let asked = 0

/** Asks for a code for a new contact. */
function ask(channel: Channel, { purpose = 'log_in', budget = 120 }: { purpose?: Purpose; budget?: number } = {}) {
  asked++
  return budgeted(channel, budget).post<ProblemBody>('/auth/otp', codeRequest(contact(channel, asked), purpose))
}
type Purpose = 'log_in' | 'verify' | 'reset_password'

const statusesOf = async (count: number, act: () => Promise<{ status: number; body: ProblemBody }>) =>
  tally((await together(count, act)).map(({ status, body }) => (status === 202 ? 'sent' : body.code)))

beforeEach(() => {
  asked = 0
  setClock(MIDNIGHT)
})

describe.each(someOf(CHANNELS, 2))('the budget of strangers, %s', (channel) => {
  const spent = `${channel}_budget_spent`

  it('comes in hourly slices, and what is left of one stays until midnight UTC', async () => {
    expect(await statusesOf(5, () => ask(channel))).toEqual({ sent: 2, [spent]: 3 })
    setClock(MIDNIGHT + HOUR - 1)
    expect((await ask(channel)).body.code).toBe(spent)
    setClock(MIDNIGHT + HOUR)
    expect(await statusesOf(5, () => ask(channel))).toEqual({ sent: 2, [spent]: 3 })

    // Nobody asks for ten hours.
    setClock(MIDNIGHT + 12 * HOUR - 1)
    expect(await statusesOf(25, () => ask(channel))).toEqual({ sent: 20, [spent]: 5 })
    setClock(MIDNIGHT + DAY - 1)
    expect(await statusesOf(30, () => ask(channel))).toEqual({ sent: 24, [spent]: 6 })
    setClock(MIDNIGHT + DAY)
    expect(await statusesOf(5, () => ask(channel))).toEqual({ sent: 2, [spent]: 3 })
    expect(await rowsOf('message_days')).toEqual([
      { day: TODAY, channel, pool: 'strangers', sends: 48, resets: 0 },
      { day: TODAY + 1, channel, pool: 'strangers', sends: 2, resets: 0 },
    ])
  })

  it('says when the next message can be sent, and a refused request changes nothing', async () => {
    setClock(MIDNIGHT + 10 * MINUTE)
    await statusesOf(2, () => ask(channel))
    const { status, body, headers } = await expectNoChanges(() => ask(channel))
    expect({
      status,
      code: body.code,
      retryAfter: headers.get('Retry-After'),
      limit: headers.get('RateLimit'),
    }).toEqual({
      status: 503,
      code: spent,
      retryAfter: String((50 * MINUTE) / 1000),
      limit: null,
    })
    // Two of four messages a day: the next slice with another one begins at six.
    expect((await ask(channel, { budget: 6 })).headers.get('Retry-After')).toBe(
      String((11 * HOUR + 50 * MINUTE) / 1000),
    )
    setClock(MIDNIGHT + DAY - MINUTE)
    await statusesOf(46, () => ask(channel))
    expect((await ask(channel)).headers.get('Retry-After')).toBe('60')
  })

  it('lets exactly one of 100 have the last place', async () => {
    expect((await ask(channel)).status).toBe(202)
    expect(await statusesOf(100, () => ask(channel))).toEqual({ sent: 1, [spent]: 99 })
    expect(await rowsOf('message_days')).toMatchObject([{ sends: 2 }])
  })

  it('may be nothing, and gives small budgets to strangers first', async () => {
    expect((await ask(channel, { budget: 0 })).body.code).toBe(spent)
    expect(await statusesOf(3, () => ask(channel, { budget: 1 }))).toEqual({ sent: 1, [spent]: 2 })
  })

  it('is not spent by requests that a limit refuses', async () => {
    const request = codeRequest(contact(channel, 0), 'log_in')
    expect((await budgeted(channel).post('/auth/otp', request)).status).toBe(202)
    expect((await budgeted(channel).post('/auth/otp', request)).body.code).toBe('too_many_codes')
    expect(await rowsOf('message_days')).toMatchObject([{ sends: 1 }])
  })

  it('counts password resets of anybody, sent or not, within a quarter', async () => {
    // At 07:00 there were 16 messages, 4 of them resets.
    setClock(MIDNIGHT + 7 * HOUR)
    const reset = () => ask(channel, { purpose: 'reset_password' })
    expect(await statusesOf(10, reset)).toEqual({ sent: 4, [spent]: 6 })
    expect(await rowsOf('message_days')).toMatchObject([{ sends: 4, resets: 4 }])
    expect(await allMessagesTo(contact(channel, 1))).toEqual([])
    expect(await statusesOf(15, () => ask(channel))).toEqual({ sent: 12, [spent]: 3 })
    setClock(MIDNIGHT + 8 * HOUR)
    expect(await statusesOf(3, () => ask(channel))).toEqual({ sent: 2, [spent]: 1 })
  })

  const other = channel === 'sms' ? 'email' : 'sms'
  it(`does not count messages by ${other}`, async () => {
    await statusesOf(3, () => ask(channel))
    expect((await stranger().post('/auth/otp', codeRequest(contact(other, 0), 'log_in'))).status).toBe(202)
  })
})

/** Each edge of the strangers' pool at 07:00, by how many codes and resets were sent before. */
const edges = [
  { before: { log_in: 14, reset_password: 0 }, next: 'the last but one' },
  { before: { log_in: 15, reset_password: 0 }, next: 'the last' },
  { before: { log_in: 16, reset_password: 0 }, next: 'one too many' },
  { before: { log_in: 0, reset_password: 2 }, next: 'the last but one of the resets' },
  { before: { log_in: 0, reset_password: 3 }, next: 'the last of the resets' },
  { before: { log_in: 0, reset_password: 4 }, next: 'one reset too many' },
  { before: { log_in: 12, reset_password: 3 }, next: 'the last, and the last of the resets' },
] as const

describe.each(someOf(CHANNELS, 2))('whether there is an account, %s', (channel) => {
  describe.each(someOf(edges, 2))('when the next message would be $next', ({ before }) => {
    it.each(['log_in', 'verify', 'reset_password'] as const)('is not told by the answers: %s', async (purpose) => {
      const seen: unknown[] = []
      for (const isKnown of [true, false]) {
        // Each has a day of its own.
        setClock(MIDNIGHT + 7 * HOUR + (isKnown ? 0 : DAY))
        const to = contact(channel, 500 + Number(isKnown))
        if (isKnown) await signUpWithContacts('alice', [to])
        const { log_in, reset_password: resets } = before
        const today = TODAY + (isKnown ? 0 : 1)
        await env.DB.prepare(`INSERT INTO message_days VALUES (?, ?, 'strangers', ?, ?)`)
          .bind(today, channel, log_in + resets, resets)
          .run()
        const answers: unknown[] = []
        for (const one of [purpose, ...(['log_in', 'verify', 'reset_password'] as const)]) {
          const { status, body, headers } = await budgeted(channel).post<ProblemBody>('/auth/otp', codeRequest(to, one))
          const { date: _, ...named } = Object.fromEntries(headers)
          const told = ['retry-after', 'ratelimit', 'ratelimit-policy'].map((name) => named[name])
          answers.push({ status, code: body.code, told, names: Object.keys(named).sort() })
        }
        const again = await ask(channel, { purpose })
        answers.push({ status: again.status, code: again.body.code })
        seen.push(answers)
      }
      expect(seen[0]).toEqual(seen[1])
    })
  })
})
