import { beforeEach, describe, expect, it } from 'vitest'
import { type LimitName, limits, NETWORK_FACTOR } from '../src/limits'
import wrangler from '../wrangler.toml?raw'
import { recordingLimit, recordingLimiter } from './helpers/bindings'
import type { Answer, ProblemBody } from './helpers/client'
import { clientOf, newIpAddress, ORIGIN } from './helpers/client'
import { DAY, HOUR, MINUTE, setClock } from './helpers/clock'
import { askForCode, codeRequest, rightGuess, stranger, wrongCode } from './helpers/codes'
import { device, signUpWithContacts } from './helpers/devices'
import { logIn, PASSWORD, signUp } from './helpers/people'
import { asIfByCode } from './helpers/removal-requests'
import { firstFactor, secondFactor, turnOn } from './helpers/second-factor'

/* Reaches every limit in the table of src/limits.ts, and checks what the answer says. */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'
const WRONG = 'a wrong password'

/** The limits that are kept by bindings. */
const EDGE_LIMITS = [
  ['address', 'ADDRESS_LIMIT'],
  ['writes', 'WRITE_LIMIT'],
  ['batches', 'BATCH_LIMIT'],
  ['calendar_feeds', 'FEED_LIMIT'],
] as const

type Ask = () => Promise<Answer<ProblemBody>>

interface Case {
  /** Uses the limit up. Answers with a request that exceeds it. */
  fill: () => Promise<Ask>
  /** When the limit is reached, and when it lets through again: ms after noon. */
  at: number
  until: number
  policy: string
  code: ProblemBody['code']
}

const purposes = ['log_in', 'verify', 'reset_password'] as const
const times = (count: number) => Array.from({ length: count }, (_, n) => n)

/** Asks for codes, one after the other. All of them are sent. */
async function send(asks: Ask[]): Promise<void> {
  for (const ask of asks) expect((await ask()).status).toBe(202)
}

const ask =
  (to: string, purpose: (typeof purposes)[number] = 'log_in', address = newIpAddress()): Ask =>
  () =>
    device({ headers: { 'CF-Connecting-IP': address } }).post('/auth/otp', codeRequest(to, purpose))

/** Asks for five codes for one recipient, as fast as the limits allow. */
async function sendFive(from: number): Promise<void> {
  setClock(NOON + from)
  await send(purposes.map((purpose) => ask(EMAIL, purpose)))
  setClock(NOON + from + MINUTE)
  await send([ask(EMAIL, 'log_in'), ask(EMAIL, 'verify')])
}

async function failToProve(): Promise<Ask> {
  const { client } = await signUp('alice')
  const prove = () => client.delete('/auth/sessions', { currentPassword: WRONG })
  for (const _ of times(5)) expect((await prove()).status).toBe(403)
  return prove
}

/** Makes 20 wrong guesses at four codes. Answers with one more guess at the last code. */
async function guessWrongly(): Promise<Ask> {
  const guesses: Ask[] = []
  for (const n of times(4)) {
    setClock(NOON + n * MINUTE)
    const asked = await askForCode(stranger(), codeRequest(EMAIL, 'verify'))
    const guess = () => stranger().post('/auth/otp/verify', { ...rightGuess(asked), code: wrongCode(asked.code) })
    for (const _ of times(5)) expect((await guess()).status).toBe(401)
    guesses.push(guess)
  }
  setClock(NOON + 4 * MINUTE)
  return guesses.at(-1) ?? ask(EMAIL)
}

/** A code that is refused does not say which limit it was. */
const CODES = '"codes";q=10;w=86400'

const cases: Record<LimitName, Case> = {
  address: {
    fill: async () => () => device({ bindings: recordingLimit(false) }).post('/auth/otp', codeRequest(EMAIL, 'log_in')),
    at: 0,
    until: MINUTE,
    policy: '"address";q=300;w=60',
    code: 'rate_limited',
  },
  writes: {
    fill: async () => {
      const { client } = await signUp('alice', clientOf({ WRITE_LIMIT: recordingLimiter(false).limiter }))
      return () => client.post('/todos', { contents: 'x' })
    },
    at: 0,
    until: MINUTE,
    policy: '"writes";q=600;w=60',
    code: 'rate_limited',
  },
  batches: {
    fill: async () => {
      const { client } = await signUp('alice', clientOf({ BATCH_LIMIT: recordingLimiter(false).limiter }))
      return () => client.post('/todos/batch', { operations: [{ op: 'create', todo: { contents: 'x' } }] })
    },
    at: 0,
    until: MINUTE,
    policy: '"batches";q=20;w=60',
    code: 'rate_limited',
  },
  calendar_feeds: {
    fill: async () => {
      const client = clientOf({ FEED_LIMIT: recordingLimiter(false).limiter })
      return () => client.get(`${ORIGIN}/calendar/${'A'.repeat(43)}.ics`)
    },
    at: 0,
    until: MINUTE,
    policy: '"calendar_feeds";q=20;w=60',
    code: 'rate_limited',
  },
  searches: {
    fill: async () => {
      const { client } = await signUp('alice')
      const search = () => client.get('/todos?q=x')
      for (const _ of times(30)) expect((await search()).status).toBe(200)
      return search
    },
    at: 0,
    until: MINUTE,
    policy: '"searches";q=30;w=60',
    code: 'rate_limited',
  },
  new_accounts: {
    fill: async () => {
      const headers = { 'CF-Connecting-IP': newIpAddress() }
      for (const n of times(20)) await signUp(`alice${n}`, device({ headers }))
      return () => device({ headers }).post('/auth/sign-up', { username: 'bobby', password: PASSWORD })
    },
    at: 0,
    until: HOUR,
    policy: '"new_accounts";q=20;w=3600',
    code: 'rate_limited',
  },
  log_in_failures: {
    fill: async () => {
      const logIn = () => stranger().post('/auth/log-in', { identifier: 'nobody', password: WRONG })
      for (const _ of times(5)) expect((await logIn()).status).toBe(401)
      return logIn
    },
    at: 0,
    until: 1000,
    policy: '"log_in_failures";q=5;w=900',
    code: 'too_many_attempts',
  },
  proof_failures: {
    fill: failToProve,
    at: 0,
    until: 1000,
    policy: '"proof_failures";q=5;w=900',
    code: 'too_many_attempts',
  },
  second_factor_failures: {
    fill: async () => {
      await turnOn(await signUp('alice'))
      const guess = async () => secondFactor(await firstFactor('alice'), 'ZZZZ-ZZZZ-ZZZZ-ZZZZ')
      for (const _ of times(5)) expect((await guess()).status).toBe(401)
      return guess
    },
    at: 0,
    until: 1000,
    policy: '"second_factor_failures";q=5;w=3600',
    code: 'too_many_attempts',
  },
  code_guesses: {
    fill: async () => {
      await guessWrongly()
      return ask(EMAIL, 'verify')
    },
    at: 4 * MINUTE,
    until: DAY,
    policy: CODES,
    code: 'too_many_codes',
  },
  code_resend: {
    fill: async () => {
      await send([ask(EMAIL)])
      return ask(EMAIL)
    },
    at: 0,
    until: MINUTE,
    policy: CODES,
    code: 'too_many_codes',
  },
  code_recipient_hour: {
    fill: async () => {
      await sendFive(0)
      return ask(EMAIL, 'reset_password')
    },
    at: MINUTE,
    until: HOUR,
    policy: CODES,
    code: 'too_many_codes',
  },
  code_recipient_day: {
    fill: async () => {
      await sendFive(0)
      await sendFive(2 * HOUR)
      return ask(EMAIL, 'reset_password')
    },
    at: 2 * HOUR + MINUTE,
    until: DAY,
    policy: CODES,
    code: 'too_many_codes',
  },
  code_address: {
    fill: async () => {
      const address = newIpAddress()
      await send(times(10).map((n) => ask(`alice${n}@example.com`, 'log_in', address)))
      return ask(EMAIL, 'log_in', address)
    },
    at: 0,
    until: HOUR,
    policy: CODES,
    code: 'too_many_codes',
  },
  code_prefix: {
    fill: async () => {
      await send(times(50).map((n) => ask(`+8210123400${10 + n}`)))
      return ask('+821012349999')
    },
    at: 0,
    until: HOUR,
    policy: CODES,
    code: 'too_many_codes',
  },
  account_changes: {
    fill: async () => {
      await signUp('alice')
      const rename = async (n: number) => (await logIn('alice')).client.patch('/users/me', { username: `alicia${n}` })
      const back = async (n: number) => (await logIn(`alicia${n}`)).client.patch('/users/me', { username: 'alice' })
      expect([(await rename(0)).status, (await back(0)).status, (await rename(1)).status]).toEqual([200, 200, 200])
      return async () => {
        const { client } = await logIn('alicia1')
        return client.patch('/users/me', { username: 'alice' })
      }
    },
    at: 0,
    until: DAY,
    policy: '"account_changes";q=3;w=86400',
    code: 'rate_limited',
  },
  removal_requests: {
    fill: async () => {
      const alice = await signUpWithContacts('alice', [EMAIL, PHONE])
      await asIfByCode(alice, 'phone')
      const remove = () => alice.client.delete('/users/me/email')
      expect((await remove()).status).toBe(202)
      expect((await alice.client.delete('/auth/sessions')).status).toBe(204)
      return async () => {
        const again = await logIn('alice')
        await asIfByCode(again, 'phone')
        return again.client.delete('/users/me/email')
      }
    },
    at: 0,
    until: DAY,
    policy: '"removal_requests";q=1;w=86400',
    code: 'rate_limited',
  },
  exports: {
    fill: async () => {
      const { client } = await signUpWithContacts('alice', [EMAIL])
      for (const _ of times(10)) expect((await client.get('/users/me/export')).status).toBe(200)
      setClock(NOON + MINUTE)
      return async () => {
        await client.post('/auth/refresh')
        return client.get('/users/me/export')
      }
    },
    at: MINUTE,
    until: HOUR,
    policy: '"exports";q=10;w=3600',
    code: 'rate_limited',
  },
}

beforeEach(() => {
  setClock(NOON)
})

describe('an answer over a limit', () => {
  it.each(Object.entries(cases))('names %s and the time to wait', async (name, met) => {
    const exceed = await met.fill()
    expect(Date.now() - NOON).toBe(met.at)
    const { status, headers, body } = await exceed()
    const seconds = (met.until - met.at) / 1000
    const [said, leastWait] = met.policy === CODES ? ['codes', 60] : [name, 1]
    expect({ status, code: body.code }).toEqual({ status: 429, code: met.code })
    expect({
      retryAfter: headers.get('Retry-After'),
      limit: headers.get('RateLimit'),
      policy: headers.get('RateLimit-Policy'),
    }).toEqual({ retryAfter: String(seconds), limit: `"${said}";r=0;t=${seconds}`, policy: met.policy })
    // Bindings keep their own time.
    if (EDGE_LIMITS.some(([edge]) => edge === name)) return

    // The time to wait is rounded up to whole seconds, or to whole minutes for codes.
    setClock(NOON + met.until - 1)
    const last = await exceed()
    expect([last.status, last.headers.get('Retry-After'), last.headers.get('RateLimit')]).toEqual([
      429,
      String(leastWait),
      `"${said}";r=0;t=${leastWait}`,
    ])
    setClock(NOON + met.until)
    expect((await exceed()).status).not.toBe(429)
  })

  it('names the limit of guesses also to a client that guesses', async () => {
    const guess = await guessWrongly()
    const { status, headers } = await guess()
    expect([status, headers.get('RateLimit'), headers.get('RateLimit-Policy'), headers.get('Retry-After')]).toEqual([
      429,
      '"code_guesses";r=0;t=86160',
      '"code_guesses";q=20;w=86400',
      '86160',
    ])
  })

  it('tells of a code only when the limit that lasts longest ends, in whole minutes', async () => {
    await sendFive(0)
    setClock(NOON + MINUTE + 1)
    const { headers } = await ask(EMAIL, 'log_in')()
    expect([headers.get('RateLimit'), headers.get('Retry-After')]).toEqual(['"codes";r=0;t=3540', '3540'])
  })

  it('lets pages of allowed origins read these headers', async () => {
    const headers = { Origin: 'https://app.example.com', 'Sec-Fetch-Site': 'cross-site' }
    const client = device({ bindings: recordingLimit(false), headers })
    const { status, headers: answered } = await client.post('/auth/otp', codeRequest(EMAIL, 'log_in'))
    expect(status).toBe(429)
    expect(answered.get('Access-Control-Expose-Headers')?.split(',')).toEqual(
      expect.arrayContaining(['RateLimit', 'RateLimit-Policy', 'Retry-After']),
    )
  })
})

describe('the table of limits', () => {
  it.each([
    ...EDGE_LIMITS.map(([name, binding]) => [name, binding, 1] as const),
    ['address', 'NETWORK_LIMIT', NETWORK_FACTOR] as const,
  ])('has the same numbers of %s as wrangler.toml: %s', (name, binding, factor) => {
    const pattern = `^name = "${binding}"$[^[]*simple = \\{ limit = (\\d+), period = (\\d+) \\}`
    const [, limit, period] = new RegExp(pattern, 'm').exec(wrangler) ?? []
    const { quota, windowMs, by } = limits[name]
    expect({ quota: Number(limit), windowMs: Number(period) * 1000, by: 'edge' }).toEqual({
      quota: quota * factor,
      windowMs,
      by,
    })
  })

  it('are all tested here: those that refuse requests', () => {
    const refusing = Object.entries(limits).flatMap(([name, { errorCode }]) => (errorCode === null ? [] : [name]))
    expect(refusing).toEqual(Object.keys(cases))
  })
})

it('answers a spent SMS budget with the time to wait, but without the name of a limit', async () => {
  const { client } = await signUpWithContacts('alice', [PHONE], device({ bindings: { SMS_DAILY_BUDGET: '0' } }))
  const { status, headers, body } = await client.post('/auth/otp', codeRequest(PHONE, 'log_in'))
  expect([status, body.code, headers.get('Retry-After'), headers.get('RateLimit')]).toEqual([
    503,
    'sms_budget_spent',
    String((12 * HOUR) / 1000),
    null,
  ])
})
