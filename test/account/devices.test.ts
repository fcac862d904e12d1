import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { beforeEach, describe, expect, it } from 'vitest'
import { MAX_SESSIONS } from '../../src/sessions/begin-session'
import { SESSION_IDLE_MS, SESSION_LIFE_MS } from '../../src/sessions/sessions'
import { type Client, settleBackground } from '../helpers/client'
import { advanceClock, DAY, MINUTE, setClock } from '../helpers/clock'
import { logInByCode } from '../helpers/codes'
import { CHROME, CURL, device, devicesOf, SAFARI, signUpWithContacts } from '../helpers/devices'
import { logIn, logInForTokens, PASSWORD, type Person, signUp, tally, together, withBearer } from '../helpers/people'
import { clientsAt, STALE_MS } from '../helpers/stale-kv'
import { expectNoChanges, rowsOf } from '../helpers/storage'
import { refreshTokenOf } from '../helpers/tokens'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'

const iso = (ms: number) => new Date(ms).toISOString()
const idsOf = async (person: Pick<Person, 'client'>) => (await devicesOf(person)).map(({ id }) => id)
/** The sessions in D1, the oldest first. */
const living = async () => (await rowsOf('sessions')).map(({ id }) => id)
const end = ({ client }: Pick<Person, 'client'>, { id }: { id: string }) => client.delete(`/auth/sessions/${id}`)
const hasCopy = async ({ session }: Pick<Person, 'session'>) => (await env.KV.get(`session:${session.id}`)) !== null
const cleared = ['__Host-access', '__Secure-refresh']

/** Logs in a second later, because ids are ordered by time. */
const logInLater = async (username: string, client = device()) => {
  advanceClock(1000)
  return logIn(username, client)
}

beforeEach(() => {
  setClock(NOON)
})

describe('the list of your sessions', () => {
  it('shows each session with its device, country and times, the newest first', async () => {
    const desk = await signUp('alice', device({ userAgent: CHROME, country: 'KR' }))
    advanceClock(MINUTE)
    await signUp('bob', device({ userAgent: SAFARI, country: 'FR' }))
    const phone = await logIn('alice', device({ userAgent: SAFARI, country: 'DE' }))
    advanceClock(MINUTE)
    const script = await logIn('alice', device({ userAgent: CURL }))
    const shown = ({ session }: Person, at: number) => ({
      id: session.id,
      createdAt: iso(at),
      lastSeenAt: iso(at),
      expiresAt: iso(at + SESSION_IDLE_MS),
    })
    const list = [
      { ...shown(script, NOON + 2 * MINUTE), device: 'curl', country: null, current: false },
      { ...shown(phone, NOON + MINUTE), device: 'Safari on iOS', country: 'DE', current: true },
      { ...shown(desk, NOON), device: 'Chrome on Windows', country: 'KR', current: false },
    ]
    const { status, headers, body } = await phone.client.get('/auth/sessions')
    expect({ status, body }).toEqual({ status: 200, body: { sessions: list } })
    expect(headers.get('Cache-Control')).toBe('no-store')
    expect(await devicesOf(desk)).toEqual(list.map((one) => ({ ...one, current: one.id === desk.session.id })))
  })

  it('takes the country only from Cloudflare, and ignores what is no country code', async () => {
    const headers = { 'CF-IPCountry': 'KR', 'X-Country': 'KR' }
    const alice = await signUp('alice', device({ headers }))
    for (const country of ['T1', 'kr', 'KOR', '', 'K\u0052\n']) await logInLater('alice', device({ country, headers }))
    expect((await devicesOf(alice)).map(({ country }) => country)).toEqual(Array(6).fill(null))
  })

  it('updates the times of a session at each refresh, but not its device and country', async () => {
    const alice = await signUp('alice', device({ userAgent: CHROME, country: 'KR' }))
    const [before] = await devicesOf(alice)
    const refreshedBy = device({ userAgent: SAFARI, country: 'FR' }).copyCookies(alice.client)
    setClock(NOON + 13 * DAY)
    expect((await refreshedBy.post('/auth/refresh')).status).toBe(200)
    const later = { lastSeenAt: iso(NOON + 13 * DAY), expiresAt: iso(NOON + 13 * DAY + SESSION_IDLE_MS) }
    expect(await devicesOf({ client: refreshedBy })).toEqual([{ ...before, ...later }])

    setClock(NOON + 26 * DAY)
    expect((await refreshedBy.post('/auth/refresh')).status).toBe(200)
    const last = { lastSeenAt: iso(NOON + 26 * DAY), expiresAt: iso(NOON + SESSION_LIFE_MS) }
    expect(await devicesOf({ client: refreshedBy })).toEqual([{ ...before, ...last }])
  })

  it('leaves out a session from the millisecond that it expires', async () => {
    const old = await signUp('alice')
    setClock(NOON + SESSION_IDLE_MS - 1)
    const alice = await logIn('alice')
    expect(await idsOf(alice)).toEqual([alice.session.id, old.session.id])
    setClock(NOON + SESSION_IDLE_MS)
    expect(await idsOf(alice)).toEqual([alice.session.id])
    expect(await living()).toEqual([old.session.id, alice.session.id])
  })
})

describe('ending one of your sessions', () => {
  it('ends that session and no other', async () => {
    const alice = await signUp('alice')
    const [other, third] = [await logInLater('alice'), await logInLater('alice')]
    const bob = await signUp('bob')
    const { status, text } = await end(alice, other.session)
    expect({ status, text }).toEqual({ status: 204, text: '' })
    expect(await idsOf(alice)).toEqual([third.session.id, alice.session.id])
    expect(await idsOf(bob)).toEqual([bob.session.id])
    expect([await hasCopy(other), await hasCopy(third), await hasCopy(alice)]).toEqual([false, true, true])
    expect((await other.client.get('/users/me')).status).toBe(401)
    expect([...alice.client.cookies.keys()]).toEqual(expect.arrayContaining(cleared))
  })

  it('clears the token cookies when a session ends itself', async () => {
    const alice = await signUp('alice')
    expect((await end(alice, { id: alice.session.id.toUpperCase() })).status).toBe(204)
    expect(cleared.filter((name) => alice.client.cookies.has(name))).toEqual([])
    expect(alice.client.setCookies.filter((line) => line.includes('Max-Age=0')).sort()).toEqual([
      '__Host-access=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
      '__Host-bookmark=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
      '__Secure-refresh=; Max-Age=0; Path=/api/v1/auth; HttpOnly; Secure; SameSite=Strict',
    ])
    expect(await living()).toEqual([])
  })

  it("answers 404 to another user's, an unknown and an ended session, and changes nothing", async () => {
    const [alice, bob] = [await signUp('alice'), await signUp('bob')]
    const other = await logInLater('alice')
    expect((await end(alice, other.session)).status).toBe(204)
    for (const session of [bob.session, { id: uuidv7() }, other.session]) {
      const { status, body } = await expectNoChanges(() => end(alice, session))
      expect({ status, code: body.code }).toEqual({ status: 404, code: 'not_found' })
    }
    expect((await bob.client.get('/users/me')).status).toBe(200)
    expect(await expectNoChanges(() => end(alice, { id: 'all' }))).toMatchObject({ status: 422 })
  })

  it('ends it once when 20 requests race', async () => {
    const alice = await signUp('alice')
    const other = await logInLater('alice')
    const answers = await together(20, () => end(alice, other.session))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 204: 1, 404: 19 })
    expect(
      (await env.DB.prepare("SELECT session_id FROM activity WHERE event = 'session_ended'").raw()).flat(),
    ).toEqual([other.session.id])
  })
})

describe('ending all your other sessions', () => {
  it('keeps the session that asks, and the sessions of others', async () => {
    const alice = await signUp('alice')
    const [bob, others] = [await signUp('bob'), [await logInLater('alice'), await logInLater('alice')]]
    const { status, text } = await alice.client.delete('/auth/sessions')
    expect({ status, text }).toEqual({ status: 204, text: '' })
    expect(await idsOf(alice)).toEqual([alice.session.id])
    expect(await idsOf(bob)).toEqual([bob.session.id])
    for (const other of others) {
      expect(await hasCopy(other)).toBe(false)
      expect((await other.client.get('/users/me')).status).toBe(401)
    }
    expect((await alice.client.delete('/auth/sessions')).status).toBe(204)
    expect((await alice.client.get('/users/me')).status).toBe(200)
  })

  it('leaves exactly one session when all of them ask at once', async () => {
    const first = await signUp('alice')
    // The throttle looks at no more than five passwords at once, right or wrong.
    const devices = [first, ...(await together(4, () => logIn('alice'))), ...(await together(4, () => logIn('alice')))]
    const answers = await Promise.all(devices.map(({ client }) => client.delete('/auth/sessions')))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 204: 1, 401: 8 })
    const winner = devices[answers.findIndex(({ status }) => status === 204)]
    expect(await living()).toEqual([winner?.session.id])
  })
})

describe('an ended session', () => {
  it('is refused at once where D1 is asked, although KV still has a copy, and within a minute elsewhere', async () => {
    const { seoul, paris } = clientsAt('seoul', 'paris')
    const thief = await signUp('alice', paris())
    const { refreshToken } = await logInForTokens('alice', paris())
    const alice = await logInLater('alice', seoul())
    for (const { id } of await devicesOf(alice)) if (id !== alice.session.id) await end(alice, { id })

    const refused = async () => {
      const { client } = thief
      return [
        await client.patch('/users/me', { name: 'Mallory' }),
        await client.post('/todos', { contents: 'Mine now' }),
        await client.put('/auth/password', { newPassword: 'a better horse' }),
        await client.delete('/auth/sessions'),
        await end({ client }, alice.session),
        await client.delete('/users/me'),
        await client.get('/auth/sessions'),
        await client.get('/users/me/activity'),
        await client.get('/users/me/export'),
        await client.get('/todos'),
      ].map(({ status, body }) => `${status} ${body.code}`)
    }
    const reads = async () =>
      Promise.all(['/auth/session', '/users/me'].map(async (path) => (await thief.client.get(path)).status))

    expect(await expectNoChanges(refused)).toEqual(Array(10).fill('401 unauthenticated'))
    for (const token of [refreshToken, refreshTokenOf(thief)]) {
      const answer = await expectNoChanges(() => paris().post('/auth/refresh', { refreshToken: token }))
      expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_refresh_token' } })
    }
    advanceClock(STALE_MS - 1)
    // KV in Paris does not show yet that the session has ended.
    expect(await reads()).toEqual([200, 200])
    advanceClock(1)
    expect(await reads()).toEqual([401, 401])
    expect(await expectNoChanges(refused)).toEqual(Array(10).fill('401 unauthenticated'))
  })
})

describe('the limit of 50 sessions', () => {
  /** Adds sessions, each a second younger than the one before. */
  async function fill(userId: string, count: number): Promise<string[]> {
    const insert = env.DB.prepare(
      'INSERT INTO sessions (id, user_id, device_hash, generation, created_at, last_seen_at, expires_at) VALUES (?1, ?2, ?2, 0, ?3, ?4, ?5)',
    )
    const times = Array.from({ length: count }, (_, n) => NOON + 1000 * n)
    const ids = times.map((msecs) => uuidv7({ msecs }))
    await env.DB.batch(ids.map((id, n) => insert.bind(id, userId, times[n], times[n], NOON + SESSION_IDLE_MS)))
    await env.KV.put(`session:${ids[0]}`, '{}')
    setClock(NOON + 1000 * count)
    return ids
  }

  it('ends the oldest session at the 51st log-in, and no session of others', async () => {
    expect(MAX_SESSIONS).toBe(50)
    setClock(NOON - 1000)
    const bob = await signUp('bob')
    const alice = await signUpWithContacts('alice', [EMAIL])
    await env.DB.prepare('DELETE FROM sessions WHERE user_id = ?').bind(alice.user.id).run()
    const [oldest = '', second, ...rest] = await fill(alice.user.id, 49)
    const fiftieth = await logIn('alice')
    expect(await idsOf(fiftieth)).toHaveLength(50)
    advanceClock(1000)
    const newest = await logInByCode(EMAIL)
    expect(await idsOf(newest)).toEqual([newest.session.id, fiftieth.session.id, ...rest.toReversed(), second])
    await settleBackground()
    expect(await env.KV.get(`session:${oldest}`)).toBeNull()
    expect(await idsOf(bob)).toEqual([bob.session.id])
  })

  it('does not count sessions that have expired, although their rows stay for a while', async () => {
    const { client, user, session } = await signUp('alice')
    await fill(user.id, 49)
    setClock(NOON + SESSION_IDLE_MS - 1)
    expect((await client.post('/auth/refresh')).status).toBe(200)
    setClock(NOON + SESSION_IDLE_MS)
    const newest = await logIn('alice')
    expect(await idsOf(newest)).toEqual([newest.session.id, session.id])
    expect(await living()).toHaveLength(51)
  })

  it('is never exceeded when several log in at once', async () => {
    const { user, session } = await signUp('alice')
    const filled = await fill(user.id, 48)
    const people = await together(4, () => logIn('alice'))
    const left = await living()
    expect(left).toHaveLength(50)
    for (const one of people) expect(left).toContain(one.session.id)
    expect([session.id, ...filled].filter((id) => left.includes(id))).toHaveLength(46)
  })
})

describe('a log-in from a browser that is signed in', () => {
  /** A new browser with the cookies of a person. */
  const browserOf = ({ client }: Person): Client => device().copyCookies(client)

  const waysIn: ((client: Client) => Promise<Pick<Person, 'session'>>)[] = [
    (client) => logIn('alice', client),
    (client) => logInByCode(EMAIL, client),
  ]

  it('ends the session of the cookies that it sends', async () => {
    await signUpWithContacts('alice', [EMAIL])
    for (const way of waysIn) {
      const before = await logInLater('alice')
      const kept = await logInLater('alice')
      advanceClock(1000)
      const { session } = await way(browserOf(before))
      const left = await living()
      expect(left).toEqual(expect.arrayContaining([session.id, kept.session.id]))
      expect(left).not.toContain(before.session.id)
      expect((await before.client.post('/auth/refresh')).status).toBe(401)
      await settleBackground()
      expect(await hasCopy(before)).toBe(false)
    }
  })

  it('leaves the session of another user alone', async () => {
    await signUpWithContacts('alice', [EMAIL])
    await signUp('bob')
    for (const way of [...waysIn, (client: Client) => signUp('carol', client)]) {
      const before = await logInLater('bob')
      advanceClock(1000)
      const { session } = await way(browserOf(before))
      expect(await living()).toEqual(expect.arrayContaining([session.id, before.session.id]))
      expect((await before.client.post('/auth/refresh')).status).toBe(200)
    }
  })

  it('ends the session of an access token that comes without a refresh token, even an expired one', async () => {
    const alice = await signUp('alice')
    const page = browserOf(alice)
    page.cookies.delete('__Secure-refresh')
    advanceClock(20 * MINUTE)
    const { session } = await logIn('alice', page)
    expect(await living()).toEqual([session.id])
  })

  it('ends no session when tokens go into the body, when it fails, or when the cookie is invalid', async () => {
    const alice = await signUp('alice')
    await logInForTokens('alice', browserOf(alice))
    const wrong = { identifier: 'alice', password: 'a wrong password' }
    expect((await browserOf(alice).post('/auth/log-in', wrong)).status).toBe(401)
    const taken = { username: 'alice', password: PASSWORD }
    expect((await browserOf(alice).post('/auth/sign-up', taken)).status).toBe(409)
    const forged = device()
    forged.cookies.set('__Secure-refresh', refreshTokenOf(alice).replace(/\.0\./, '.1.'))
    await logIn('alice', forged)
    const unsigned = device()
    unsigned.cookies.set('__Host-access', 'nonsense')
    await logIn('alice', unsigned)
    await logIn('alice', withBearer(''))
    expect(await living()).toContain(alice.session.id)
    expect((await alice.client.post('/auth/refresh')).status).toBe(200)
  })
})
