import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { MAX_REPEATED_REFRESHES } from '../../src/limits'
import { REFRESH_GRACE_MS } from '../../src/sessions/rotate-session'
import { signUpInBrowser, textOf } from '../console/browser'
import { losingD1 } from '../helpers/bindings'
import { Client, clientOf } from '../helpers/client'
import { advanceClock, HOUR, setClock } from '../helpers/clock'
import { logIn, logInForTokens, type Person, signUp, type Tokens, tally, together } from '../helpers/people'
import { expectNoChanges, rowsOf } from '../helpers/storage'
import { refreshTokenOf } from '../helpers/tokens'

/*
 * The answer to a refresh got lost, and the client asks again after the 10 s. It gets the same answer if it shows that it is the same
 * client. A token that somebody has copied ends the session.
 */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')

const withKey = (key: string) => ({ headers: { 'Idempotency-Key': key } })

/** A refresh of a client without cookies. */
const refresh = (refreshToken: string, key?: string, client = new Client()) =>
  client.post<Tokens>('/auth/refresh', { refreshToken }, key === undefined ? {} : withKey(key))

const eventsOf = async (event: string) => (await rowsOf('activity')).filter((row) => row['event'] === event)
const repeats = async () => (await eventsOf('refresh_repeated')).length
const alarms = async () => (await eventsOf('refresh_reused')).length

/** Expects this refresh to be found out: the session ends with the alarm. */
async function expectFoundOut(sessionId: string, act: () => Promise<{ status: number }>): Promise<void> {
  const before = await repeats()
  expect((await act()).status).toBe(401)
  expect(await eventsOf('refresh_reused')).toMatchObject([{ session_id: sessionId }])
  expect(await repeats()).toBe(before)
  expect((await rowsOf('sessions')).map(({ id }) => id)).not.toContain(sessionId)
}

/** A copy of some cookies of somebody's browser, in another one. */
function thiefWith(cookies: Record<string, string | undefined>): Client {
  const client = new Client()
  for (const [name, value] of Object.entries(cookies)) if (value !== undefined) client.cookies.set(name, value)
  return client
}

beforeEach(() => setClock(NOON))

describe('without cookies, a refresh whose answer got lost', () => {
  /** A session whose refresh token was traded with the key `first`. The answer got lost, and an hour has passed. */
  async function loseAnswer(key: string | undefined = 'first') {
    await signUp('alice')
    const { refreshToken, session } = await logInForTokens('alice')
    const lost = await refresh(refreshToken, key)
    expect(lost.status).toBe(200)
    advanceClock(HOUR)
    return { refreshToken, session, successor: lost.body.refreshToken }
  }

  it('gets it again by the key of its first try, and the activity has it', async () => {
    const { refreshToken, session, successor } = await loseAnswer()
    const again = await refresh(refreshToken, 'first')
    expect(again).toMatchObject({ status: 200, body: { refreshToken: successor, expiresIn: 600 } })
    expect(await eventsOf('refresh_repeated')).toMatchObject([{ session_id: session.id, at: Date.now(), detail: null }])
    expect((await refresh(successor, 'second')).status).toBe(200)
    expect(await alarms()).toBe(0)
  })

  it('gets it again although D1 loses an answer too, and it counts once', async () => {
    const { refreshToken, successor } = await loseAnswer()
    const { DB, calls } = losingD1(['D1_ERROR: Network connection lost.'])
    const again = await refresh(refreshToken, 'first', clientOf({ DB }))
    expect({ status: again.status, calls: calls() }).toEqual({ status: 200, calls: 2 })
    expect(again.body.refreshToken).toBe(successor)
    expect(await rowsOf('sessions')).toContainEqual(expect.objectContaining({ repeats: 1, repeated_at: Date.now() }))
    expect(await repeats()).toBe(1)
  })

  it('counts once for 50 requests at once, and for 10 s', async () => {
    const { refreshToken, session, successor } = await loseAnswer()
    const answers = await together(50, () => refresh(refreshToken, 'first'))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 50 })
    expect(new Set(answers.map(({ body }) => body.refreshToken))).toEqual(new Set([successor]))
    expect(await repeats()).toBe(1)

    advanceClock(REFRESH_GRACE_MS)
    expect((await refresh(refreshToken, 'first')).status).toBe(200)
    expect(await repeats()).toBe(1)
    advanceClock(1)
    expect((await refresh(refreshToken, 'first')).status).toBe(200)
    expect(await repeats()).toBe(2)
    await expectFoundOut(session.id, () => refresh(refreshToken))
  })

  it('gets it three times in the life of a session, over all its tokens, and however many race', async () => {
    let { refreshToken, session, successor } = await loseAnswer('key-0')
    for (let time = 1; time <= MAX_REPEATED_REFRESHES; time++) {
      const answers = await together(20, () => refresh(refreshToken, `key-${time - 1}`))
      expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 20 })
      expect(await repeats()).toBe(time)
      refreshToken = successor
      successor = (await refresh(refreshToken, `key-${time}`)).body.refreshToken
      advanceClock(HOUR)
    }
    const answers = await together(20, () => refresh(refreshToken, `key-${MAX_REPEATED_REFRESHES}`))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 401: 20 })
    expect(await repeats()).toBe(MAX_REPEATED_REFRESHES)
    expect(await eventsOf('refresh_reused')).toMatchObject([{ session_id: session.id }])
  })

  it.each([
    ['no key', undefined],
    ['another key', 'second'],
    ['the key in another spelling', 'First'],
  ])('is found out with %s', async (_, key) => {
    const { refreshToken, session } = await loseAnswer()
    await expectFoundOut(session.id, () => refresh(refreshToken, key))
  })

  it('is found out if it had no key, whatever key comes then', async () => {
    await signUp('alice')
    const { refreshToken, session } = await logInForTokens('alice')
    await refresh(refreshToken)
    advanceClock(HOUR)
    await expectFoundOut(session.id, () => refresh(refreshToken, 'first'))
  })

  it('is found out with the key of an earlier refresh, and with that of another session', async () => {
    const other = await loseAnswer('of-another-session')
    const { refreshToken, session } = await logInForTokens('alice')
    const second = await refresh(refreshToken, 'earlier')
    await refresh(second.body.refreshToken, 'later')
    advanceClock(HOUR)
    await expectFoundOut(session.id, () => refresh(second.body.refreshToken, 'earlier'))

    await env.DB.prepare("DELETE FROM activity WHERE event = 'refresh_reused'").run()
    const third = await logInForTokens('alice')
    await refresh(third.refreshToken, 'first')
    advanceClock(HOUR)
    await expectFoundOut(third.session.id, () => refresh(third.refreshToken, 'of-another-session'))
    expect((await refresh(other.refreshToken, 'of-another-session')).status).toBe(200)
  })

  it('is found out once somebody has traded the successor, with whatever key', async () => {
    const { refreshToken, session, successor } = await loseAnswer()
    expect((await refresh(successor, 'first')).status).toBe(200)
    await expectFoundOut(session.id, () => refresh(refreshToken, 'first'))
  })

  it.each([
    ['a key of their own', 'of-the-thief'],
    ['no key', undefined],
  ])('is found out when a thief was there first, with %s: the owner repeats with the right key', async (_, key) => {
    await signUp('alice')
    const { refreshToken, session } = await logInForTokens('alice')
    expect((await refresh(refreshToken, key)).status).toBe(200)
    advanceClock(REFRESH_GRACE_MS + 1)
    await expectFoundOut(session.id, () => refresh(refreshToken, 'of-the-owner'))
  })

  it('is found out when a thief is there within the ten seconds after a repeat', async () => {
    const { refreshToken, session } = await loseAnswer()
    expect((await refresh(refreshToken, 'first')).status).toBe(200)
    await expectFoundOut(session.id, () => refresh(refreshToken))
  })

  it('is never answered to a thief who races with its owner: one of them ends the session', async () => {
    const { refreshToken, session } = await loseAnswer()
    const answers = await together(20, (n) => refresh(refreshToken, n % 2 === 0 ? 'first' : undefined))
    expect(answers.filter((_, n) => n % 2 === 1).map(({ status }) => status)).toEqual(Array(10).fill(401))
    expect(await eventsOf('refresh_reused')).toMatchObject([{ session_id: session.id }])
  })

  it('does not get it by the cookie of its device', async () => {
    const { client } = await signUp('alice')
    const byCookie = await client.post('/auth/log-in', {
      identifier: 'alice',
      password: 'correct horse battery staple',
    })
    expect(byCookie.status).toBe(200)
    const [{ id = '' } = {}] = (await rowsOf('sessions')).slice(-1)
    const refreshToken = refreshTokenOf({ client })
    client.cookies.delete('__Secure-refresh')
    expect((await refresh(refreshToken, undefined, client)).status).toBe(200)
    advanceClock(HOUR)
    await expectFoundOut(String(id), () => refresh(refreshToken, undefined, client))
  })

  it('gets nothing for an account that is blocked, and for a session that has expired', async () => {
    const { refreshToken, session } = await loseAnswer()
    advanceClock(14 * 24 * HOUR)
    await expectNoChanges(async () => expect((await refresh(refreshToken, 'first')).status).toBe(401))
    setClock(Date.parse(session.createdAt) + HOUR)
    await env.DB.prepare('UPDATE users SET blocked_at = 1').run()
    expect((await refresh(refreshToken, 'first')).status).toBe(401)
    expect(await repeats()).toBe(0)
  })

  it.each(['', ' ', 'two words', 'x'.repeat(256)])('is refused with a key of another form: %j', async (key) => {
    await signUp('alice')
    const { refreshToken } = await logInForTokens('alice')
    // An empty header is none for some clients; for us it is a key of another form.
    const answer = await expectNoChanges(() =>
      new Client().post('/auth/refresh', { refreshToken }, { headers: { 'Idempotency-Key': key } }),
    )
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'invalid_fields', errors: [{ path: '/Idempotency-Key', code: 'invalid_format' }] },
    })
    expect((await refresh(refreshToken)).status).toBe(200)
  })
})

describe('with cookies, a refresh whose answer got lost', () => {
  const COOKIES = ['__Secure-refresh', '__Host-access', '__Host-device'] as const

  /** Trades the refresh token of this browser, and loses the answer: the browser keeps the cookies that it had. An hour passes. */
  async function loseAnswer({ client }: Pick<Person, 'client'>): Promise<void> {
    const before = new Map(client.cookies)
    expect((await client.post('/auth/refresh')).status).toBe(200)
    for (const [name, value] of before) client.cookies.set(name, value)
    advanceClock(HOUR)
  }

  it('gets it again by the cookie of its device, at most three times', async () => {
    const alice = await signUp('alice')
    for (let time = 1; time <= MAX_REPEATED_REFRESHES; time++) {
      await loseAnswer(alice)
      expect((await alice.client.post('/auth/refresh')).status).toBe(200)
      expect(await repeats()).toBe(time)
      expect((await alice.client.get('/users/me')).status).toBe(200)
    }
    await loseAnswer(alice)
    await expectFoundOut(alice.session.id, () => alice.client.post('/auth/refresh'))
  })

  it('gets it again in two tabs that wake at once, and counts once', async () => {
    const alice = await signUp('alice')
    await loseAnswer(alice)
    const tabs = [new Client().copyCookies(alice.client), new Client().copyCookies(alice.client)]
    const answers = await Promise.all(tabs.map((tab) => tab.post('/auth/refresh')))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(tabs[0]?.cookies.get('__Secure-refresh')).toBe(tabs[1]?.cookies.get('__Secure-refresh'))
    expect(await repeats()).toBe(1)
  })

  it('gets it again after others have logged in on the device, and by the key as well', async () => {
    const alice = await signUp('alice')
    const aliceRefresh = refreshTokenOf(alice)
    await loseAnswer(alice)
    for (const name of ['bobby', 'carol']) await signUp(name, alice.client)
    alice.client.cookies.set('__Secure-refresh', aliceRefresh)
    expect((await alice.client.post('/auth/refresh')).status).toBe(200)
    expect(await repeats()).toBe(1)

    const dave = await signUp('dave')
    const before = refreshTokenOf(dave)
    await dave.client.post('/auth/refresh', undefined, withKey('of-dave'))
    advanceClock(HOUR)
    const withoutDevice = thiefWith({ '__Secure-refresh': before })
    expect((await withoutDevice.post('/auth/refresh', undefined, withKey('of-dave'))).status).toBe(200)
  })

  it('is found out without the cookie of the device, and with that of another one of the same user', async () => {
    const elsewhere = await signUp('alice')
    for (const device of [undefined, elsewhere.client.cookies.get('__Host-device'), 'nonsense', 'x'.repeat(2000)]) {
      const alice = await logIn('alice')
      await loseAnswer(alice)
      const cookies = { '__Secure-refresh': refreshTokenOf(alice), '__Host-device': device }
      await env.DB.prepare("DELETE FROM activity WHERE event = 'refresh_reused'").run()
      await expectFoundOut(alice.session.id, () => thiefWith(cookies).post('/auth/refresh'))
    }
  })

  it('is found out when a thief without the cookie of the device was there first', async () => {
    const alice = await signUp('alice')
    const thief = thiefWith({ '__Secure-refresh': refreshTokenOf(alice) })
    expect((await thief.post('/auth/refresh')).status).toBe(200)
    advanceClock(HOUR)
    await expectFoundOut(alice.session.id, () => alice.client.post('/auth/refresh'))
    expect((await thief.post('/auth/refresh')).status).toBe(401)
  })

  it('is found out when a thief with all cookies goes on after the owner', async () => {
    const alice = await signUp('alice')
    const thief = new Client().copyCookies(alice.client)
    await alice.client.post('/auth/refresh')
    advanceClock(HOUR)
    await alice.client.post('/auth/refresh')
    await expectFoundOut(alice.session.id, () => thief.post('/auth/refresh'))
  })

  it('is found out with a cookie of the device from before its owner ended all other sessions', async () => {
    const alice = await signUp('alice')
    const old = new Client().copyCookies(alice.client)
    expect((await alice.client.delete('/auth/sessions')).status).toBe(204)
    await loseAnswer(alice)
    const fresh = new Client().copyCookies(alice.client)
    expect((await fresh.post('/auth/refresh')).status).toBe(200)
    old.cookies.set('__Secure-refresh', refreshTokenOf(alice))
    await expectFoundOut(alice.session.id, () => old.post('/auth/refresh'))
  })

  it('gets it again on the pages too, and the owner reads of it there', async () => {
    const browser = await signUpInBrowser('alice')
    const before = new Map(browser.cookies)
    advanceClock(HOUR)
    browser.cookies.delete('__Host-access')
    expect((await browser.visit('/console')).status).toBe(200)
    // The browser got none of that.
    for (const name of COOKIES) browser.cookies.set(name, before.get(name) ?? '')
    advanceClock(HOUR)
    browser.cookies.delete('__Host-access')
    const page = await browser.visit('/console')
    expect({ status: page.status, url: page.url }).toEqual({ status: 200, url: '/console' })
    expect(await repeats()).toBe(1)
    expect(textOf(await browser.visit('/console/account/activity'))).toContain(
      'renewed again, because an answer got lost',
    )
  })
})
