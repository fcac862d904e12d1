import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Answer, Client, clientOf, type ProblemBody } from '../../helpers/client'
import { setClock } from '../../helpers/clock'
import { PASSWORD, type Person, signUp, tally, together } from '../../helpers/people'
import { callsOf, hashCalls, hashOf, storeHash } from './hashes'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const SECOND_MS = 1000
const DAY_MS = 24 * 60 * 60 * SECOND_MS
const WRONG = 'a wrong password'

/** One guess from an address of its own. */
const guess = (identifier: string, password = WRONG, client = new Client()) =>
  client.post('/auth/log-in', { identifier, password }, { headers: { 'CF-Connecting-IP': anyAddress() } })
const anyAddress = () => `198.51.${[...crypto.getRandomValues(new Uint8Array(2))].join('.')}`

/** What a guesser can tell an answer by. */
const seen = ({ status, headers, body }: Answer<ProblemBody>) => ({
  status,
  retryAfter: headers.get('Retry-After'),
  body: { ...body, requestId: '' },
})

const looked = { status: 401, body: { code: 'invalid_credentials' } }
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

const throttle = async () => (await env.DB.prepare('SELECT * FROM log_in_throttle ORDER BY key').all()).results
const failuresOf = async (key: string) =>
  (await env.DB.prepare('SELECT failures FROM log_in_throttle WHERE key = ?').bind(key).first())?.['failures']

/** Wrong guesses, one after the other, all of them looked at. */
async function failTimes(count: number, identifier = 'alice'): Promise<void> {
  for (let n = 0; n < count; n++) expect(await guess(identifier)).toMatchObject(looked)
}

/** Somebody whose hash is of another day and costs next to nothing to look at. */
async function signUpCheaply(username: string): Promise<Person> {
  const person = await signUp(username)
  await storeHash(person.user.id, await hashOf(PASSWORD, { iterations: 1, rounds: 1 }))
  return person
}

beforeEach(() => {
  setClock(NOON)
})

describe('wrong passwords in a row', () => {
  it('are looked at five times, and then wait 1 s, 2 s, 4 s and so on to 15 minutes', async () => {
    await signUpCheaply('alice')
    await failTimes(5)
    let now = NOON
    for (const wait of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
      expect(seen(await guess('alice'))).toEqual(refused(wait))
      setClock(now + wait * SECOND_MS - 1)
      expect(seen(await guess('alice'))).toEqual(refused(1))
      now += wait * SECOND_MS
      setClock(now)
      expect({ wait, ...(await guess('alice')) }).toMatchObject({ wait, ...looked })
    }
  })

  it('do not make the wait longer while it lasts', async () => {
    const { user } = await signUpCheaply('alice')
    await failTimes(5)
    for (const _ of Array(10)) expect(seen(await guess('alice'))).toEqual(refused(1))
    expect(await failuresOf(user.id)).toBe(5)
    setClock(NOON + SECOND_MS)
    expect(await guess('alice')).toMatchObject(looked)
  })

  it('get the same answer as the right one while they wait, and it costs no hash', async () => {
    const { session } = await signUpCheaply('alice')
    await failTimes(5)
    const client = new Client()
    const calls = await hashCalls(async () => {
      expect(seen(await guess('alice'))).toEqual(refused(1))
      expect(seen(await guess('alice', PASSWORD, client))).toEqual(refused(1))
    })
    expect(calls).toEqual([])
    expect(client.setCookies).toEqual([])
    expect(await env.DB.prepare('SELECT id FROM sessions').all()).toMatchObject({ results: [{ id: session.id }] })

    setClock(NOON + SECOND_MS)
    expect((await guess('alice', PASSWORD, client)).status).toBe(200)
  })

  it('are forgotten once the right one comes', async () => {
    await signUpCheaply('alice')
    await failTimes(4)
    expect((await guess('alice', PASSWORD)).status).toBe(200)
    expect(await throttle()).toEqual([])
    await failTimes(5)
    expect(seen(await guess('alice'))).toEqual(refused(1))
  })

  it('are forgotten after a day without any, and not a moment sooner', async () => {
    const { user } = await signUpCheaply('alice')
    await failTimes(5)
    const almost = NOON + DAY_MS - 1
    setClock(almost)
    await failTimes(1)
    expect(await failuresOf(user.id)).toBe(6)
    expect(seen(await guess('alice'))).toEqual(refused(2))

    setClock(almost + DAY_MS)
    await failTimes(1)
    expect(await failuresOf(user.id)).toBe(1)
    await failTimes(4)
    expect(seen(await guess('alice'))).toEqual(refused(1))
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

describe('fifty guesses at once', () => {
  it('are compared five times and no more', async () => {
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

  it('at the end of a wait are compared once', async () => {
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

  it('at somebody who does not exist are compared as often', async () => {
    const calls = await hashCalls(async () => {
      const answers = await together(50, () => guess('nobody'))
      expect(tally(answers.map(({ status }) => status))).toEqual({ 401: 5, 429: 45 })
    })
    expect(calls).toEqual(callsOf(5))
  })
})

describe('an identifier that nobody has', () => {
  it('is throttled like one that somebody has', async () => {
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
    expect(known).toMatchObject([...Array(5).fill(looked), ...Array(2).fill(refused(1)), looked, refused(2)])
  })

  it('is throttled in all its spellings as one, like one that somebody has', async () => {
    await signUpCheaply('alice')
    const answers: unknown[][] = []
    for (const spellings of [
      ['alice', 'Alice', 'ALICE', 'aLiCe', 'alicE', 'alICe'],
      ['nobod', 'Nobod', 'NOBOD', 'nObOd', 'noboD', 'noBOd'],
    ]) {
      const run: unknown[] = []
      for (const spelling of spellings) run.push(seen(await guess(spelling)))
      answers.push(run)
    }
    const [known, unknown] = answers
    expect(known).toMatchObject([...Array(5).fill(looked), refused(1)])
    expect(unknown).toEqual(known)
  })

  it('stands in the table as a MAC under a secret, never in clear', async () => {
    const { user } = await signUpCheaply('alice')
    for (const identifier of ['alice', 'nobody', 'nobody@example.com', '+821012345678']) await failTimes(1, identifier)
    const rows = await throttle()
    expect(JSON.stringify(rows)).not.toMatch(/alice|nobody|example|8210/)
    const macs = rows.map(({ key }) => key).filter((key) => key !== user.id)
    expect(macs).toEqual(Array(3).fill(expect.stringMatching(/^[\w-]{43}$/)))

    const other = clientOf({ AUTH_SECRET: 'another secret for the tests, of 32 bytes and more' })
    expect(await guess('nobody', WRONG, other)).toMatchObject(looked)
    expect(await throttle()).toHaveLength(5)
  })
})

const guesses = async (identifier: string, count: number) => {
  const answers: unknown[] = []
  for (let n = 0; n < count; n++) answers.push(seen(await guess(identifier)))
  return answers
}
