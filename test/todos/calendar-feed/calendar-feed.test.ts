import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { interruptedD1, recordingLimiter } from '../../helpers/bindings'
import { Client, clientOf, ORIGIN, settleBackground } from '../../helpers/client'
import { advanceClock, DAY, HOUR, MINUTE, setClock } from '../../helpers/clock'
import { allMessagesTo, proveContact, stranger } from '../../helpers/codes'
import { device, signUpWithContacts } from '../../helpers/devices'
import { logLines } from '../../helpers/log-lines'
import { block, OPERATOR, operator } from '../../helpers/operator'
import { logIn, outliveFreshProof, PASSWORD, type Person, signUp, tally, together } from '../../helpers/people'
import { recordingBindings } from '../../helpers/recorder'
import { expectNoChanges, rowsOf } from '../../helpers/storage'
import { put, undo, wayBackTokenFor } from '../../helpers/way-back'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'
const FEED = '/users/me/calendar-feed'

interface NewFeed {
  url: string
  createdAt: string
}

const make = async ({ client }: Pick<Person, 'client'>): Promise<NewFeed> => {
  const { status, body } = await client.post<NewFeed>(FEED)
  expect(status).toBe(201)
  return body
}

/** What a calendar gets, which sends no cookie. */
const read = (url: string, client = new Client()) => client.get(url)

const eventsOf = async (name: RegExp) =>
  (await rowsOf('activity')).flatMap(({ event }) => (name.test(String(event)) ? [event] : []))

const alice = () => signUpWithContacts('alice', [EMAIL, PHONE])

beforeEach(() => {
  setClock(NOON)
})

describe('a calendar link', () => {
  it('is made, shown once, and ended', async () => {
    const { client } = await alice()
    expect(await client.get(FEED)).toMatchObject({ status: 404, body: { code: 'not_found' } })
    const { url, createdAt } = await make({ client })
    expect(url).toMatch(new RegExp(`^${ORIGIN}/calendar/[\\w-]{43}\\.ics$`))
    expect(createdAt).toBe('2026-12-01T12:00:00.000Z')
    expect(await client.get(FEED)).toMatchObject({ status: 200, body: { createdAt } })
    expect((await client.get(FEED)).text).toBe(JSON.stringify({ createdAt }))
    expect((await read(url)).status).toBe(200)

    expect((await client.delete(FEED)).status).toBe(204)
    expect((await read(url)).status).toBe(404)
    expect((await client.get(FEED)).status).toBe(404)
    expect((await client.delete(FEED)).status).toBe(204)
    expect((await eventsOf(/^calendar/)).sort()).toEqual(['calendar_feed_ended', 'calendar_feed_made'])
  })

  it('is told to all contacts, because a thief may have made it', async () => {
    await make(await alice())
    await settleBackground()
    for (const to of [EMAIL, PHONE]) {
      const notices = (await allMessagesTo(to)).filter(({ purpose }) => purpose === 'calendar_feed_made')
      expect(notices).toHaveLength(1)
      expect(notices[0]?.text).not.toContain('/calendar/')
    }
  })

  it('needs a fresh proof, and ending it needs none', async () => {
    const owner = await alice()
    await outliveFreshProof(owner)
    const refused = await expectNoChanges(() => owner.client.post(FEED))
    expect(refused).toMatchObject({ status: 403, body: { code: 'fresh_proof_required' } })
    expect((await owner.client.post(FEED, { currentPassword: PASSWORD })).status).toBe(201)
    expect((await owner.client.delete(FEED)).status).toBe(204)
  })

  it('is not made if the password changes while it is proven', async () => {
    const owner = await alice()
    await outliveFreshProof(owner)
    const change = () => env.DB.prepare('UPDATE users SET password_version = password_version + 1').run()
    const client = clientOf({ DB: interruptedD1(2, change) }).copyCookies(owner.client)
    expect(await client.post(FEED, { currentPassword: PASSWORD })).toMatchObject({
      status: 403,
      body: { code: 'wrong_password' },
    })
    expect(await rowsOf('calendar_feeds')).toEqual([])
  })

  it('ends when another one is made, and of many at once one is left', async () => {
    const owner = await alice()
    const first = await make(owner)
    const { url } = await make(owner)
    expect([(await read(first.url)).status, (await read(url)).status]).toEqual([404, 200])
    const made = await together(10, () => owner.client.post<NewFeed>(FEED))
    const answers = await Promise.all(made.map(({ body }) => read(body.url)))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 1, 404: 9 })
    expect(await rowsOf('calendar_feeds')).toHaveLength(1)
  })

  it('is stored as a MAC only', async () => {
    const { url } = await make(await alice())
    const token = url.slice(-47, -4)
    expect(JSON.stringify(await rowsOf('calendar_feeds'))).not.toContain(token)
  })

  it('goes with the account', async () => {
    const owner = await alice()
    const { url } = await make(owner)
    expect((await owner.client.delete('/users/me')).status).toBe(204)
    expect((await read(url)).status).toBe(404)
    expect(await rowsOf('calendar_feeds')).toEqual([])
  })

  it('is in the export, with the time when it was made', async () => {
    const owner = await alice()
    const exported = async () =>
      (await owner.client.get<{ calendarFeed: unknown }>('/users/me/export')).body.calendarFeed
    expect(await exported()).toBeNull()
    const { createdAt } = await make(owner)
    expect(await exported()).toEqual({ createdAt })
  })
})

describe('what ends all devices ends a calendar link', () => {
  const cases: Record<string, (owner: Person) => Promise<unknown>> = {
    'the end of all sessions': ({ client }) => client.delete('/auth/sessions'),
    'a reset of the password': async () => {
      const verificationToken = await proveContact(EMAIL, 'reset_password')
      return stranger().put('/auth/password', { newPassword: 'another horse battery staple', verificationToken })
    },
    'a way back': async (owner) => {
      await put(owner, 'email', 'mallory@example.com')
      advanceClock(1)
      return undo(await wayBackTokenFor(EMAIL), { password: PASSWORD })
    },
    'the end of all sessions by an operator': ({ user }) =>
      operator().delete(`${OPERATOR}/accounts/${user.id}/sessions`),
    'a block': ({ user }) => block(user),
    'a block, although it is taken back': async ({ user }) => {
      await block(user)
      return operator().post(`${OPERATOR}/accounts/${user.id}/unblock`)
    },
  }

  it.each(Object.entries(cases))('%s', async (_, end) => {
    const before = await alice()
    setClock(NOON + 30 * DAY)
    const owner = await logIn('alice', before.client)
    const { url } = await make(owner)
    const bob = await signUp('bob')
    const { url: other } = await make(bob)
    expect((await read(url)).status).toBe(200)
    await end(owner)
    expect(await read(url)).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect((await read(other)).status).toBe(200)
  })

  it('a block does so by itself, whatever the devices', async () => {
    const owner = await alice()
    const { url } = await make(owner)
    await env.DB.prepare('UPDATE users SET blocked_at = 1 WHERE id = ?').bind(owner.user.id).run()
    expect((await read(url)).status).toBe(404)
  })

  it('log-out and a new password of the owner end no link', async () => {
    const owner = await alice()
    const { url } = await make(owner)
    await owner.client.put('/auth/password', { newPassword: 'another horse battery staple' })
    await owner.client.post('/auth/log-out')
    expect((await read(url)).status).toBe(200)
  })
})

describe('reading a calendar', () => {
  it('takes one round trip to D1, writes nothing, and keeps what was read for 15 minutes', async () => {
    const owner = await alice()
    await owner.client.post('/todos', { contents: 'Buy milk', due: '2026-12-24' })
    const { url } = await make(owner)
    const { DB, KV, start, cost } = recordingBindings()
    start()
    const { status, headers, text } = await expectNoChanges(() => read(url, clientOf({ DB, KV })))
    expect(cost()).toMatchObject({ d1: 1, kv: 0 })
    expect(status).toBe(200)
    expect(text).toContain('SUMMARY:Buy milk')
    const etag = headers.get('ETag') ?? ''
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/calendar; charset=utf-8',
      'cache-control': 'private, max-age=900',
      etag: expect.stringMatching(/^W\/"[\w-]{43}"$/),
    })
    expect(headers.has('Set-Cookie')).toBe(false)
    expect(headers.has('X-D1-Bookmark')).toBe(false)

    const same = await new Client().get(url, { headers: { 'If-None-Match': etag } })
    expect({ status: same.status, text: same.text, etag: same.headers.get('ETag') }).toEqual({
      status: 304,
      text: '',
      etag,
    })
    await owner.client.post('/todos', { contents: 'Buy bread', due: '2026-12-25' })
    expect((await new Client().get(url, { headers: { 'If-None-Match': etag } })).status).toBe(200)
  })

  it('answers HEAD without the events', async () => {
    const { url } = await make(await alice())
    const { status, headers, text } = await new Client().request('HEAD', url)
    expect({ status, text, type: headers.get('Content-Type') }).toEqual({
      status: 200,
      text: '',
      type: 'text/calendar; charset=utf-8',
    })
  })

  it('says nothing about the person', async () => {
    const owner = await alice()
    await owner.client.patch('/users/me', { name: 'Alice Liddell', nickname: 'Al-ice' })
    await owner.client.post('/todos', { contents: 'Buy milk', due: '2026-12-24' })
    const { text } = await read((await make(owner)).url)
    for (const own of ['Liddell', 'Al-ice', 'alice', EMAIL, PHONE, owner.user.id]) expect(text).not.toContain(own)
  })

  it('gives the same answer for a link that has ended, one that never was, and what is no link', async () => {
    const owner = await alice()
    const { url } = await make(owner)
    await owner.client.delete(FEED)
    const never = `${ORIGIN}/calendar/${'A'.repeat(43)}.ics`
    const answers = await Promise.all(
      [url, never, `${ORIGIN}/calendar/x.ics`, never.replace('.ics', '')].map((one) => read(one)),
    )
    const bodies = answers.map(({ status, headers, body: { requestId: _, ...body } }) => ({
      status,
      body,
      cache: headers.get('Cache-Control'),
    }))
    expect(bodies).toEqual(
      Array(4).fill({
        status: 404,
        body: { type: '/problems/not_found', title: expect.any(String), status: 404, code: 'not_found' },
        cache: 'no-store',
      }),
    )
    // A link that has ended takes the same statement as one that never was.
    for (const one of [url, never]) {
      const { DB, start, cost } = recordingBindings()
      start()
      await read(one, clientOf({ DB }))
      expect(cost()).toMatchObject({ d1: 1 })
    }
  })

  it('is limited by link, whose token the limit does not get, and by address', async () => {
    const { url } = await make(await alice())
    const feeds = recordingLimiter(true)
    const addresses = recordingLimiter(true)
    const client = clientOf(
      { FEED_LIMIT: feeds.limiter, ADDRESS_LIMIT: addresses.limiter },
      { 'CF-Connecting-IP': '192.0.2.7' },
    )
    for (let n = 0; n < 2; n++) expect((await read(url, client)).status).toBe(200)
    expect(feeds.keys).toHaveLength(2)
    expect(new Set(feeds.keys).size).toBe(1)
    expect(feeds.keys[0]).not.toBe(url.slice(-47, -4))
    expect(addresses.keys).toEqual(['192.0.2.7', '192.0.2.7'])
    const { DB, start, cost } = recordingBindings()
    start()
    const full = clientOf({ DB, FEED_LIMIT: recordingLimiter(false).limiter })
    expect(await read(url, full)).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    expect(cost()).toMatchObject({ d1: 0 })
  })

  it('is never logged with its token', async () => {
    const { url } = await make(await alice())
    const token = url.slice(-47, -4)
    const { lines, text } = await logLines(async () => {
      await read(url)
      await read(url, clientOf({ DB: interruptedD1(1, async () => undefined) }))
      await read(`${ORIGIN}/calendar/${'A'.repeat(43)}.ics`)
    })
    expect(lines.map(({ route }) => route)).toEqual(Array(3).fill('/calendar/:file'))
    expect(text).not.toContain(token)
  })

  it('goes on for the links of the previous secret, and ends with it', async () => {
    const NEW = 'another secret for the tests, of 32 bytes and more'
    const { url } = await make(await alice())
    const rotated = { AUTH_SECRET: NEW, AUTH_SECRET_PREVIOUS: env.AUTH_SECRET }
    expect((await read(url, clientOf(rotated))).status).toBe(200)
    expect((await read(url, clientOf({ AUTH_SECRET: NEW }))).status).toBe(404)
    await logIn('alice', device())
    setClock(NOON + HOUR + MINUTE)
    const owner = await logIn('alice', clientOf(rotated))
    const { url: next } = await make(owner)
    expect((await read(next, clientOf({ AUTH_SECRET: NEW }))).status).toBe(200)
  })
})
