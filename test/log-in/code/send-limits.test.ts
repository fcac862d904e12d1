import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { limits } from '../../../src/limits'
import { failingKv } from '../../helpers/bindings'
import { Client, clientOf, newIpAddress } from '../../helpers/client'
import { DAY, HOUR, MINUTE, setClock } from '../../helpers/clock'
import { askForCode, type CodeRequest, codeRequest, rightGuess, stranger } from '../../helpers/codes'
import { tally, together } from '../../helpers/people'
import { expectNoChanges, rowsOf } from '../../helpers/storage'

/* Every limit of codes: the last code that it allows, the first that it refuses, and when it ends. */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const ALICE = 'alice@example.com'

beforeEach(() => {
  setClock(NOON)
})

describe('limits of sent codes', () => {
  interface Send extends CodeRequest {
    address: string
    at: number
  }

  /** A code to a new number, from a new IP address, at noon, except for what is given. */
  let sends = 0
  const sendOf = (given: Partial<Send>): Send => {
    sends++
    const to = `+8210${String(10_000_000 + sends * 10_000)}`
    return { channel: 'sms', to, purpose: 'log_in', address: newIpAddress(), at: 0, ...given }
  }
  const ask = ({ address, at, ...request }: Send) => {
    setClock(NOON + at)
    return new Client({ 'CF-Connecting-IP': address }).post('/auth/otp', request)
  }

  /** Expects a code to be refused with the right time to wait, in whole minutes, and nothing to change. */
  async function expectTooMany(send: Send, retryAfterMs: number): Promise<void> {
    const { status, body, headers } = await expectNoChanges(() => ask(send))
    expect({ status, retryAfter: headers.get('Retry-After'), body }).toEqual({
      status: 429,
      retryAfter: String(60 * Math.ceil(retryAfterMs / MINUTE)),
      body: {
        type: '/problems/too_many_codes',
        title: 'Too many codes were asked for; wait a little',
        status: 429,
        code: 'too_many_codes',
        requestId: headers.get('X-Request-Id'),
      },
    })
  }

  const to = '+821012345678'
  const purposes = ['log_in', 'verify', 'reset_password'] as const
  /** Five codes to one recipient, as fast as possible: for three purposes, and a minute later for two of them again. */
  const fiveFrom = (at: number) =>
    [0, 1, 2, 3, 4].map((n) => sendOf({ to, purpose: purposes[n % 3] ?? 'log_in', at: at + (n < 3 ? 0 : MINUTE) }))
  const times = (count: number, make: (n: number) => Send) => Array.from({ length: count }, (_, n) => make(n))

  // For each limit: the codes that fill it, one more of the same, and one that it does not count.
  const cases: [string, number, number, Send[], (at: number) => Send, Send][] = [
    ['guard', 1, MINUTE, [sendOf({ to })], (at) => sendOf({ to, at }), sendOf({ to, purpose: 'verify' })],
    ['recipient', 5, HOUR, fiveFrom(0), (at) => sendOf({ to, purpose: 'reset_password', at }), sendOf({ at: MINUTE })],
    [
      'recipient',
      10,
      DAY,
      [...fiveFrom(0), ...fiveFrom(2 * HOUR)],
      (at) => sendOf({ to, purpose: 'verify', at }),
      sendOf({ at: 4 * HOUR }),
    ],
    [
      'address',
      10,
      HOUR,
      times(10, () => sendOf({ address: '203.0.113.7' })),
      (at) => sendOf({ address: '203.0.113.7', at }),
      sendOf({ address: '203.0.113.8' }),
    ],
    [
      'address',
      10,
      HOUR,
      times(10, (n) => sendOf({ address: `2001:db8:1:2:${n}::${n}`, channel: 'email', to: `user${n}@example.com` })),
      (at) => sendOf({ address: '2001:DB8:1:2:ffff::', at }),
      sendOf({ address: '2001:db8:1:3::1' }),
    ],
    [
      'network',
      100,
      HOUR,
      times(100, (n) => sendOf({ address: `2001:db8:5:${n}::1`, channel: 'email', to: `user${n}@example.com` })),
      (at) => sendOf({ address: '2001:DB8:0005:ffff::', at }),
      sendOf({ address: '2001:db8:6::1' }),
    ],
    [
      'recipient',
      5,
      HOUR,
      times(5, (n) => sendOf({ channel: 'email', to: `alice+${n}@example.com` })),
      (at) => sendOf({ channel: 'email', to: 'alice@example.com', at }),
      sendOf({ channel: 'email', to: 'alice@example.org' }),
    ],
    [
      'recipient',
      5,
      HOUR,
      ['a.lice', 'ali.ce+x', 'alice+y', 'a.l.i.c.e', 'alice'].map((local, n) =>
        sendOf({ channel: 'email', to: `${local}@${n % 2 ? 'gmail' : 'googlemail'}.com` }),
      ),
      (at) => sendOf({ channel: 'email', to: 'alic.e@gmail.com', at }),
      sendOf({ channel: 'email', to: 'a.lice@example.com' }),
    ],
    [
      'prefix',
      50,
      HOUR,
      times(50, (n) => sendOf({ to: `+821055550${String(n).padStart(3, '0')}` })),
      (at) => sendOf({ to: '+821055550999', at }),
      sendOf({ to: '+821055560000' }),
    ],
  ]

  it('are all tested here', () => {
    const tested = new Set(cases.map(([, quota, windowMs]) => JSON.stringify({ quota, windowMs })))
    const all = Object.values(limits).filter(({ errorCode }) => errorCode === 'too_many_codes')
    for (const { quota, windowMs } of all) expect(tested).toContain(JSON.stringify({ quota, windowMs }))
    expect(tested.size).toBe(all.length + 1)
  })

  it.each(cases)('allow per %s at most %i in %i ms', async (_per, _count, windowMs, fill, more, other) => {
    for (const at of new Set(fill.map((send) => send.at))) {
      const answers = await Promise.all(fill.filter((send) => send.at === at).map(ask))
      expect(tally(answers.map(({ status }) => status))).toEqual({ 202: answers.length })
    }
    // From just after the last code to the last millisecond of the window, which started with the first code.
    const soon = Math.max(...fill.map(({ at }) => at)) + 1
    for (const at of [soon, windowMs - 1001, windowMs - 1000, windowMs - 1])
      await expectTooMany(more(at), windowMs - at)
    expect((await ask({ ...other, at: soon })).status).toBe(202)
    expect((await ask(more(windowMs))).status).toBe(202)
    expect(await rowsOf('otp_codes')).toHaveLength(fill.length + 2)
  })

  it('have a sliding window, which starts with each code', async () => {
    for (const send of fiveFrom(0)) expect((await ask(send)).status).toBe(202)
    for (const purpose of purposes) expect((await ask(sendOf({ to, purpose, at: HOUR }))).status).toBe(202)
    await expectTooMany(sendOf({ to, purpose: 'log_in', at: HOUR + MINUTE - 1 }), 1)
    expect((await ask(sendOf({ to, purpose: 'log_in', at: HOUR + MINUTE }))).status).toBe(202)
    expect((await ask(sendOf({ to, purpose: 'verify', at: HOUR + MINUTE }))).status).toBe(202)
    // These were ten codes in a day. Of two limits, the one that lasts longer gives the time to wait.
    await expectTooMany(sendOf({ to, purpose: 'reset_password', at: HOUR + MINUTE }), DAY - HOUR - MINUTE)
  })

  it('do not count refused codes, and leave the present code valid', async () => {
    const asked = await askForCode(stranger(), codeRequest(ALICE, 'log_in'))
    for (const at of [1, 1000, MINUTE - 1]) {
      await expectTooMany(sendOf({ channel: 'email', to: ALICE, at }), MINUTE - at)
    }
    setClock(NOON + MINUTE - 1)
    expect((await stranger().post('/auth/otp/log-in', rightGuess(asked))).status).toBe(201)
    expect((await ask(sendOf({ channel: 'email', to: ALICE, at: MINUTE }))).status).toBe(202)
    expect(await rowsOf('otp_codes')).toHaveLength(2)
  })

  it('count all spellings of a contact together', async () => {
    for (const spelling of ['010-1234-5678', '+82 10 1234 5678', '０１０１２３４５６７８']) {
      const { status } = await ask(sendOf({ to: spelling }))
      expect({ spelling, status }).toEqual({ spelling, status: spelling.startsWith('010') ? 202 : 429 })
    }
    expect((await ask(sendOf({ channel: 'email', to: 'Alice@Example.com' }))).status).toBe(202)
    await expectTooMany(sendOf({ channel: 'email', to: ALICE }), MINUTE)
  })
})

describe('the limit of codes per IP address', () => {
  const askFrom = (address: string, n: number, bindings = {}) =>
    clientOf(bindings, { 'CF-Connecting-IP': address }).post('/auth/otp', codeRequest(`user${n}@example.com`, 'log_in'))
  const statusesFrom = async (address: string, count: number, bindings = {}) =>
    tally((await together(count, (n) => askFrom(address, n, bindings))).map(({ status }) => status))

  it('is a setting: CODES_PER_ADDRESS', async () => {
    expect(await statusesFrom('203.0.113.7', 20, { CODES_PER_ADDRESS: '12' })).toEqual({ 202: 12, 429: 8 })
  })

  it.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'])('does not count loopback: %s', async (address) => {
    expect(await statusesFrom(address, 15)).toEqual({ 202: 15 })
    expect(new Set((await rowsOf('otp_codes')).map((row) => row['address']))).toEqual(new Set([null]))
  })

  it('counts requests without an IP address together', async () => {
    const anonymous = () => {
      const client = stranger()
      client.headers = {}
      return client
    }
    const answers = await together(12, (n) =>
      anonymous().post('/auth/otp', codeRequest(`user${n}@example.com`, 'log_in')),
    )
    expect(tally(answers.map(({ status }) => status))).toEqual({ 202: 10, 429: 2 })
  })
})

it('leaves the code before good when KV failed to store the new one', async () => {
  const asked = await askForCode(stranger(), codeRequest(ALICE, 'verify'))
  setClock(NOON + MINUTE)
  const answer = await clientOf({ KV: failingKv() }).post('/auth/otp', codeRequest(ALICE, 'verify'))
  expect(answer.status).toBe(503)
  expect((await stranger().post('/auth/otp/verify', rightGuess(asked))).status).toBe(200)
})

it('does not count a code that KV failed to store, so that the next may be asked for at once', async () => {
  const address = newIpAddress()
  for (const to of ['alice@example.com', '010-1234-5678']) {
    const request = codeRequest(to, 'log_in')
    const failed = await clientOf({ KV: failingKv() }, { 'CF-Connecting-IP': address }).post('/auth/otp', request)
    expect(failed).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(await rowsOf('otp_codes')).toEqual([])
    const counted = (await rowsOf('message_days')).find((row) => row['channel'] === request.channel)
    expect(counted).toMatchObject({ sends: 0, resets: 0 })
    expect((await stranger().post('/auth/otp', request)).status).toBe(202)
    await env.DB.prepare('DELETE FROM otp_codes').run()
  }
})
