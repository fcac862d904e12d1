import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Answer, Client, clientOf, type ProblemBody } from '../../helpers/client'
import { DAY, setClock } from '../../helpers/clock'
import { PASSWORD, type Person, signUp, tally, together } from '../../helpers/people'
import { callsOf, hashCalls, hashOf, storeHash } from './hashes'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const SECOND_MS = 1000
const WRONG = 'a wrong password'

/** One guess from a random IP address. */
const guess = (identifier: string, password = WRONG, client = new Client()) =>
  client.post('/auth/log-in', { identifier, password }, { headers: { 'CF-Connecting-IP': anyAddress() } })
const anyAddress = () => `198.51.${[...crypto.getRandomValues(new Uint8Array(2))].join('.')}`

/** What a client can see of an answer. */
const visible = ({ status, headers, body }: Answer<ProblemBody>) => ({
  status,
  retryAfter: headers.get('Retry-After'),
  body: { ...body, requestId: '' },
})

const checked = { status: 401, body: { code: 'invalid_credentials' } }
const refused = (retryAfter: number) => ({
  status: 429,
  retryAfter: String(retryAfter),
  body: {
    type: '/problems/too_many_attempts',
    title: 'Too many wrong passwords or codes; wait a little',
    status: 429,
    code: 'too_many_attempts',
    requestId: '',
  },
})

/** All that counts. The ids are for the purge. */
const throttle = async () => {
  const sql = 'SELECT key, failures, last_failure_at, blocked_until FROM log_in_throttle ORDER BY key'
  return (await env.DB.prepare(sql).all()).results
}
const failuresOf = async (key: string) =>
  (await env.DB.prepare('SELECT failures FROM log_in_throttle WHERE key = ?').bind(key).first())?.['failures']

/** Makes wrong guesses, one after the other. All of them are checked. */
async function failTimes(count: number, identifier = 'alice'): Promise<void> {
  for (let n = 0; n < count; n++) expect(await guess(identifier)).toMatchObject(checked)
}

/** Somebody with an old hash, which is very fast to check. */
async function signUpCheaply(username: string): Promise<Person> {
  const person = await signUp(username)
  await storeHash(person.user.id, await hashOf(PASSWORD, { iterations: 1, rounds: 1 }))
  return person
}

beforeEach(() => {
  setClock(NOON)
})

describe('wrong passwords in a row', () => {
  it('are checked five times, and then must wait 1 s, 2 s, 4 s and so on up to 15 minutes', async () => {
    await signUpCheaply('alice')
    await failTimes(5)
    let now = NOON
    for (const wait of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
      expect(visible(await guess('alice'))).toEqual(refused(wait))
      setClock(now + wait * SECOND_MS - 1)
      expect(visible(await guess('alice'))).toEqual(refused(1))
      now += wait * SECOND_MS
      setClock(now)
      expect({ wait, ...(await guess('alice')) }).toMatchObject({ wait, ...checked })
    }
  })

  it('do not make the wait longer while it lasts', async () => {
    const { user } = await signUpCheaply('alice')
    await failTimes(5)
    for (const _ of Array(10)) expect(visible(await guess('alice'))).toEqual(refused(1))
    expect(await failuresOf(user.id)).toBe(5)
    setClock(NOON + SECOND_MS)
    expect(await guess('alice')).toMatchObject(checked)
  })

  it('get the same answer as the right one during the wait, and no hash is computed', async () => {
    const { session } = await signUpCheaply('alice')
    await failTimes(5)
    const client = new Client()
    const calls = await hashCalls(async () => {
      expect(visible(await guess('alice'))).toEqual(refused(1))
      expect(visible(await guess('alice', PASSWORD, client))).toEqual(refused(1))
    })
    expect(calls).toEqual([])
    expect(client.setCookies).toEqual([])
    expect(await env.DB.prepare('SELECT id FROM sessions').all()).toMatchObject({ results: [{ id: session.id }] })

    setClock(NOON + SECOND_MS)
    expect((await guess('alice', PASSWORD, client)).status).toBe(200)
  })

  it('are not forgotten after the right one, which counts nowhere: nobody can see the owner log in', async () => {
    await signUpCheaply('alice')
    await failTimes(3)
    const before = await throttle()
    setClock(NOON + 10 * SECOND_MS)
    for (const _ of Array(3)) {
      expect((await guess('alice', PASSWORD)).status).toBe(200)
      expect(await throttle()).toEqual(before)
    }
    await failTimes(2)
    expect(visible(await guess('alice'))).toEqual(refused(1))
  })

  it('keep their count and their wait when the right one comes between them', async () => {
    await signUpCheaply('alice')
    await failTimes(5)
    const before = await throttle()
    setClock(NOON + SECOND_MS)
    expect((await guess('alice', PASSWORD)).status).toBe(200)
    expect(await throttle()).toEqual(before)
    await failTimes(1)
    expect(visible(await guess('alice'))).toEqual(refused(2))
  })

  it('are forgotten after a day without any, and not a moment sooner', async () => {
    const { user } = await signUpCheaply('alice')
    await failTimes(5)
    const almost = NOON + DAY - 1
    setClock(almost)
    await failTimes(1)
    expect(await failuresOf(user.id)).toBe(6)
    expect(visible(await guess('alice'))).toEqual(refused(2))

    setClock(almost + DAY)
    await failTimes(1)
    expect(await failuresOf(user.id)).toBe(1)
    await failTimes(4)
    expect(visible(await guess('alice'))).toEqual(refused(1))
  })

  it('count for one account alone', async () => {
    await signUpCheaply('alice')
    await signUpCheaply('bobby')
    await failTimes(5)
    expect((await guess('alice')).status).toBe(429)
    await failTimes(1, 'bobby')
    expect((await guess('bobby', PASSWORD)).status).toBe(200)
    expect((await guess('alice', PASSWORD)).status).toBe(429)
  })
})

describe('50 guesses at once', () => {
  it('are checked only five times', async () => {
    const { user } = await signUp('alice')
    const calls = await hashCalls(async () => {
      const answers = await together(50, (n) => guess('alice', `a wrong password ${n}`))
      expect(tally(answers.map(({ status, body }) => `${status} ${body.code}`))).toEqual({
        '401 invalid_credentials': 5,
        '429 too_many_attempts': 45,
      })
    })
    expect(calls).toEqual(callsOf(5))
    expect(await failuresOf(user.id)).toBe(5)
  })

  it('are checked once at the end of a wait', async () => {
    const { user } = await signUp('alice')
    await failTimes(5)
    setClock(NOON + SECOND_MS)
    const calls = await hashCalls(async () => {
      const answers = await together(50, () => guess('alice'))
      expect(tally(answers.map(({ status }) => status))).toEqual({ 401: 1, 429: 49 })
    })
    expect(calls).toEqual(callsOf(1))
    expect(await failuresOf(user.id)).toBe(6)
  })

  it('are checked as often for a user who does not exist', async () => {
    const calls = await hashCalls(async () => {
      const answers = await together(50, () => guess('nobody'))
      expect(tally(answers.map(({ status }) => status))).toEqual({ 401: 5, 429: 45 })
    })
    expect(calls).toEqual(callsOf(5))
  })
})

describe('an identifier that nobody has', () => {
  it('is throttled like that of a user', async () => {
    await signUpCheaply('alice')
    const answers: unknown[][] = []
    for (const identifier of ['alice', 'nobody']) {
      setClock(NOON)
      const run = [...(await guesses(identifier, 7))]
      setClock(NOON + SECOND_MS)
      run.push(...(await guesses(identifier, 2)))
      answers.push(run)
    }
    const [known, unknown] = answers
    expect(unknown).toEqual(known)
    expect(known).toMatchObject([...Array(5).fill(checked), ...Array(2).fill(refused(1)), checked, refused(2)])
  })

  it('is throttled as one in all its spellings, like that of a user', async () => {
    await signUpCheaply('alice')
    const answers: unknown[][] = []
    for (const spellings of [
      ['alice', 'Alice', 'ALICE', 'aLiCe', 'alicE', 'alICe'],
      ['nobod', 'Nobod', 'NOBOD', 'nObOd', 'noboD', 'noBOd'],
    ]) {
      const run: unknown[] = []
      for (const spelling of spellings) run.push(visible(await guess(spelling)))
      answers.push(run)
    }
    const [known, unknown] = answers
    expect(known).toMatchObject([...Array(5).fill(checked), refused(1)])
    expect(unknown).toEqual(known)
  })

  it('is stored as a MAC, never in clear', async () => {
    const { user } = await signUpCheaply('alice')
    for (const identifier of ['alice', 'nobody', 'nobody@example.com', '+821012345678']) await failTimes(1, identifier)
    const rows = await throttle()
    // A random id may have any digits in it.
    const macs = rows.map(({ key }) => key).filter((key) => key !== user.id)
    expect(JSON.stringify(macs)).not.toMatch(/alice|nobody|example|8210123/)
    expect(macs).toEqual(Array(3).fill(expect.stringMatching(/^[\w-]{43}$/)))

    const other = clientOf({ AUTH_SECRET: 'another secret for the tests, of 32 bytes and more' })
    expect(await guess('nobody', WRONG, other)).toMatchObject(checked)
    expect(await throttle()).toHaveLength(5)
  })
})

const guesses = async (identifier: string, count: number) => {
  const answers: unknown[] = []
  for (let n = 0; n < count; n++) answers.push(visible(await guess(identifier)))
  return answers
}
