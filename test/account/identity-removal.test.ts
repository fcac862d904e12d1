import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Identity } from '../../src/account-data/identities'
import { REQUEST_LIFE_MS, WAIT_MS } from '../../src/users/removal-requests'
import { eventsOf } from '../activity/read-activity'
import { Client } from '../helpers/client'
import { advanceClock, DAY, MINUTE, setClock } from '../helpers/clock'
import { allMessagesTo, logInByCode, stranger } from '../helpers/codes'
import { device, signUpWithContacts } from '../helpers/devices'
import { exchangeFor, giveIdentity, identityOf, linkTokenFor } from '../helpers/identities'
import { logIn, PASSWORD, type Person, signUp, tally, together } from '../helpers/people'
import { requestNotices, stopTokenFor } from '../helpers/removal-requests'
import { someOf } from '../helpers/some-of'
import { expectChangesOnlyIn, expectNoChanges, rowsOf } from '../helpers/storage'
import { verificationTokenFor } from '../helpers/tokens'
import { wrapD1 } from '../helpers/wrap-d1'

/*
 * A thief has a recycled number, or a mailbox. What they cannot do with it is to take away, unseen, the identity that its owner logs in
 * with.
 */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'
const NEW_PASSWORD = 'another horse battery staple'
const GOOGLE = identityOf('alice')
const OTHER_GOOGLE = identityOf('mallory')

const iso = (ms: number) => new Date(ms).toISOString()
const stop = (token: string) => stranger().post('/users/removal-requests/stop', { token })
const unlink = ({ client }: Pick<Person, 'client'>, id: string, body?: object) =>
  client.delete<{ effectiveAt?: string }>(`/users/me/identities/${id}`, body)
const identitiesOf = async ({ client }: Pick<Person, 'client'>) =>
  (await client.get<{ identities: Identity[] }>('/users/me/identities')).body.identities

/** A log-in by an identity, on a device of its own. */
async function logInBy(identity: typeof GOOGLE, client = new Client()): Promise<Pick<Person, 'client' | 'user'>> {
  const { status, body } = await client.post<Person>('/auth/social/exchange', await exchangeFor(identity, Date.now()))
  expect(status).toBe(200)
  return { client, user: body.user }
}

/** Links an identity. @returns its id */
async function link({ client }: Pick<Person, 'client'>, identity: typeof GOOGLE): Promise<string> {
  const linkToken = await linkTokenFor(identity, Date.now())
  const { status, body } = await client.post<Identity>('/users/me/identities', { linkToken })
  expect([200, 201]).toContain(status)
  return body.id
}

/** Signs Alice up at noon, with contacts and a password. The day after she links Google. A month passes. @returns the identity's id */
async function aMonthAgo(contacts = [EMAIL, PHONE]): Promise<string> {
  setClock(NOON)
  const alice = await signUpWithContacts('alice', contacts)
  advanceClock(DAY)
  const id = await giveIdentity(alice, GOOGLE)
  setClock(NOON + 30 * DAY)
  return id
}

describe('an identity is removed', () => {
  it('at once after a log-in with the password', async () => {
    const id = await aMonthAgo()
    expect((await unlink(await logIn('alice'), id)).status).toBe(204)
  })

  it('at once with the current password, however the session began', async () => {
    const id = await aMonthAgo()
    expect((await unlink(await logInByCode(PHONE), id, { currentPassword: PASSWORD })).status).toBe(204)
  })

  it('at once after a log-in by it', async () => {
    const id = await aMonthAgo()
    expect((await unlink(await logInBy(GOOGLE), id)).status).toBe(204)
  })

  it('at once in the session that made the account', async () => {
    setClock(NOON)
    const { body } = await new Client().post<Person>('/auth/social/exchange', await exchangeFor(GOOGLE, NOON))
    advanceClock(DAY)
    const { client } = await logInBy(GOOGLE)
    const verificationToken = await verificationTokenFor({ channel: 'sms', to: PHONE })
    expect((await client.put('/users/me/phone', { verificationToken })).status).toBe(200)
    // It was there from the beginning, so a code is not enough although it is young.
    const [mine] = await identitiesOf({ client })
    expect(mine?.createdAt).toBe(body.user.createdAt)
    expect((await unlink(await logInByCode(PHONE), mine?.id ?? '')).status).toBe(202)
  })

  it('at once in the session that made the account, however it was made', async () => {
    setClock(NOON)
    const alice = await logInByCode(PHONE)
    const id = await link(alice, GOOGLE)
    expect((await unlink(alice, id)).status).toBe(204)
  })

  it('72 hours after a request, when the log-in was a code, and nothing is changed or spent', async () => {
    const id = await aMonthAgo()
    const thief = await logInByCode(PHONE)
    const tables = ['removal_requests', 'activity', 'message_days']
    const answer = await expectChangesOnlyIn(tables, () => unlink(thief, id))
    expect(answer).toMatchObject({ status: 202, body: { effectiveAt: iso(Date.now() + WAIT_MS) } })
    expect(await rowsOf('removal_requests')).toMatchObject([{ target: id, effective_at: Date.now() + WAIT_MS }])
    const [entry] = (await eventsOf(thief)).filter(({ event }) => event === 'identity_removal_asked')
    expect(entry).toMatchObject({ provider: 'google', sessionId: thief.session.id })
  })

  it('72 hours after a password was set, with that password, and not a millisecond sooner', async () => {
    const id = await aMonthAgo()
    const thief = await logInByCode(PHONE)
    const setAt = Date.now()
    expect((await thief.client.put('/auth/password', { newPassword: NEW_PASSWORD })).status).toBe(204)
    setClock(setAt + WAIT_MS - 1)
    const early = await logIn('alice', new Client(), NEW_PASSWORD)
    expect((await unlink(early, id)).status).toBe(202)
    expect((await unlink(early, id, { currentPassword: NEW_PASSWORD })).status).toBe(202)
    setClock(setAt + WAIT_MS)
    expect((await unlink(early, id, { currentPassword: NEW_PASSWORD })).status).toBe(204)
  })

  it.each([
    [WAIT_MS - 1, 202],
    [WAIT_MS, 204],
  ])('%i ms after another one was linked, by a log-in with that one: %i', async (ms, status) => {
    const id = await aMonthAgo()
    const linkedAt = Date.now()
    await link(await logInByCode(PHONE), OTHER_GOOGLE)
    setClock(linkedAt + ms)
    expect((await unlink(await logInBy(OTHER_GOOGLE), id)).status).toBe(status)
  })

  it('not at once after a log-in by one that has been removed since', async () => {
    const id = await aMonthAgo()
    const owner = await logIn('alice')
    const other = await link(owner, OTHER_GOOGLE)
    advanceClock(30 * DAY)
    const thief = await logInBy(OTHER_GOOGLE)
    expect((await unlink(await logIn('alice'), other)).status).toBe(204)
    expect((await unlink(thief, id)).status).toBe(202)
  })

  it.each([
    [WAIT_MS - 1, 204],
    [WAIT_MS, 202],
  ])('%i ms after it was linked, by a code: %i', async (ms, status) => {
    // A thief links one of theirs. The owner, who has no password, must be rid of it before it is a proof.
    setClock(NOON)
    await logInByCode(PHONE)
    advanceClock(DAY)
    const linkedAt = Date.now()
    const id = await link(await logInByCode(PHONE), OTHER_GOOGLE)
    setClock(linkedAt + ms)
    expect((await unlink(await logInByCode(PHONE), id)).status).toBe(status)
  })

  it('from 72 hours after the request, and not a millisecond sooner', async () => {
    const id = await aMonthAgo()
    const askedAt = Date.now()
    expect((await unlink(await logInByCode(PHONE), id)).status).toBe(202)
    setClock(askedAt + WAIT_MS - 1)
    const thief = await logInByCode(PHONE)
    expect(await unlink(thief, id)).toMatchObject({ status: 202, body: { effectiveAt: iso(askedAt + WAIT_MS) } })
    setClock(askedAt + WAIT_MS)
    expect((await unlink(thief, id)).status).toBe(204)
    expect(await rowsOf('identities')).toEqual([])
    expect((await eventsOf(thief)).map(({ event }) => event)).toContain('identity_unlinked')
  })

  it.each([
    [REQUEST_LIFE_MS - 1, 204],
    [REQUEST_LIFE_MS, 202],
  ])('%i ms after that time: %i', async (ms, status) => {
    const id = await aMonthAgo()
    const askedAt = Date.now()
    expect((await unlink(await logInByCode(PHONE), id)).status).toBe(202)
    setClock(askedAt + WAIT_MS + ms - MINUTE)
    const thief = await logInByCode(PHONE)
    setClock(askedAt + WAIT_MS + ms)
    const answer = await unlink(thief, id)
    expect(answer.status).toBe(status)
    if (status === 202) expect(answer.body.effectiveAt).toBe(iso(Date.now() + WAIT_MS))
  })

  it('only with a fresh proof, when the time of the request has come', async () => {
    const id = await aMonthAgo()
    const thief = await logInByCode(PHONE)
    expect((await unlink(thief, id)).status).toBe(202)
    advanceClock(WAIT_MS)
    expect((await thief.client.post('/auth/refresh')).status).toBe(200)
    expect(await expectNoChanges(() => unlink(thief, id))).toMatchObject({
      status: 403,
      body: { code: 'fresh_proof_required' },
    })
  })
})

describe('a request to remove an identity', () => {
  it('is told to the contact that the session does not come from, once', async () => {
    const id = await aMonthAgo()
    const thief = await logInByCode(PHONE)
    const answers = [await unlink(thief, id), await unlink(thief, id)]
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(await requestNotices(EMAIL)).toHaveLength(1)
    expect(await requestNotices(PHONE)).toEqual([])
  })

  it('is told to all contacts, if the session comes from none of them', async () => {
    const id = await aMonthAgo()
    const thief = await logInByCode(PHONE)
    expect((await thief.client.put('/auth/password', { newPassword: NEW_PASSWORD })).status).toBe(204)
    expect((await unlink(await logIn('alice', new Client(), NEW_PASSWORD), id)).status).toBe(202)
    expect(await requestNotices(EMAIL)).toHaveLength(1)
    expect(await requestNotices(PHONE)).toHaveLength(1)
    expect(await stopTokenFor(PHONE)).toBe(await stopTokenFor(EMAIL))
  })

  it('is told to a number that came after the log-in with the one before', async () => {
    const id = await aMonthAgo([PHONE])
    const thief = await logInByCode(PHONE)
    advanceClock(1)
    const alice = await logIn('alice')
    const verificationToken = await verificationTokenFor({ channel: 'sms', to: '+821087654321' })
    expect((await alice.client.put('/users/me/phone', { verificationToken })).status).toBe(200)
    expect((await unlink(thief, id)).status).toBe(202)
    expect(await requestNotices('+821087654321')).toHaveLength(1)
  })

  it('is told to nobody if there is no other contact, has to wait all the same, and is shown', async () => {
    const id = await aMonthAgo([PHONE])
    const { createdAt } = (await identitiesOf(await logIn('alice')))[0] ?? {}
    const thief = await logInByCode(PHONE)
    const { body } = await unlink(thief, id)
    expect(await requestNotices(PHONE)).toEqual([])
    const owner = await logIn('alice')
    const [event] = (await eventsOf(owner)).filter(({ event }) => event === 'identity_removal_asked')
    expect(event).toMatchObject({ provider: 'google', sessionId: thief.session.id })
    const about = { id, provider: 'google', name: 'Google', label: null, createdAt }
    expect(await identitiesOf(owner)).toEqual([{ ...about, removalRequest: { effectiveAt: body.effectiveAt } }])
    advanceClock(WAIT_MS + REQUEST_LIFE_MS - MINUTE)
    const later = await logIn('alice')
    expect((await identitiesOf(later))[0]?.removalRequest).not.toBeNull()
    advanceClock(MINUTE)
    expect((await identitiesOf(later))[0]?.removalRequest).toBeNull()
  })

  it('is told although its answer was lost or the thief hung up', async () => {
    const id = await aMonthAgo()
    const DB = wrapD1({
      onCall: async (run, { statements }) => {
        const result = await run()
        const isRequest = statements.some(({ sql }) => /^insert into "removal_requests"/i.test(sql))
        if (isRequest) throw new Error('D1_ERROR: Network connection lost.')
        return result
      },
    })
    const { client } = await logInByCode(PHONE, device({ bindings: { DB } }))
    expect((await unlink({ client }, id)).status).toBe(503)
    expect(await rowsOf('removal_requests')).toMatchObject([{ target: id }])
    advanceClock(1000)
    expect(await requestNotices(EMAIL)).toHaveLength(1)
    expect((await client.delete('/users/me/email')).status).toBe(503)
    advanceClock(1000)
    expect(await requestNotices(EMAIL)).toHaveLength(2)
  })

  it('is one of 20 at once', async () => {
    const id = await aMonthAgo()
    const thief = await logInByCode(PHONE)
    const answers = await together(20, () => unlink(thief, id))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 202: 20 })
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(await requestNotices(EMAIL)).toHaveLength(1)
    expect((await rowsOf('activity')).filter(({ event }) => event === 'identity_removal_asked')).toHaveLength(1)
  })

  it('is about one identity', async () => {
    const id = await aMonthAgo()
    const owner = await logIn('alice')
    const other = await link(owner, OTHER_GOOGLE)
    advanceClock(30 * DAY)
    expect((await unlink(await logInByCode(PHONE), id)).status).toBe(202)
    advanceClock(WAIT_MS)
    const thief = await logInByCode(PHONE)
    expect((await unlink(thief, other)).status).toBe(202)
    expect(await requestNotices(EMAIL)).toHaveLength(2)
    expect((await unlink(thief, id)).status).toBe(204)
  })

  it('is not possible for the last way to log in, nor for what is somebody else’s', async () => {
    setClock(NOON)
    await new Client().post<Person>('/auth/social/exchange', await exchangeFor(GOOGLE, NOON))
    advanceClock(DAY)
    const owner = await logInBy(GOOGLE)
    const [mine] = await identitiesOf(owner)
    const last = await expectNoChanges(() => unlink(owner, mine?.id ?? ''))
    expect(last).toMatchObject({ status: 409, body: { code: 'last_way_to_log_in' } })
    const bob = await signUp('bob')
    expect((await expectNoChanges(() => unlink(bob, mine?.id ?? ''))).status).toBe(404)
  })

  const voids: Record<string, (alice: Person) => Promise<{ status: number }>> = {
    'a new password': ({ client }) => client.put('/auth/password', { newPassword: NEW_PASSWORD }),
    'the end of all sessions': ({ client }) => client.delete('/auth/sessions'),
    'another contact': ({ client }) => client.delete('/users/me/email'),
  }
  it.each(someOf(Object.entries(voids), 2))('is void after %s', async (_, act) => {
    const id = await aMonthAgo()
    const askedAt = Date.now()
    expect((await unlink(await logInByCode(PHONE), id)).status).toBe(202)
    const token = await stopTokenFor(EMAIL)
    expect((await act(await logIn('alice'))).status).toBeLessThan(300)
    expect((await stop(token)).body).toMatchObject({ code: 'invalid_link' })
    setClock(askedAt + WAIT_MS)
    const thief = await logInByCode(PHONE)
    expect((await identitiesOf(thief))[0]?.removalRequest).toBeNull()
    expect((await unlink(thief, id)).status).toBe(202)
  })

  it('is done with the removal, however that was proven, so its link stops nothing', async () => {
    const id = await aMonthAgo()
    expect((await unlink(await logInByCode(PHONE), id)).status).toBe(202)
    expect((await unlink(await logIn('alice'), id)).status).toBe(204)
    expect(await rowsOf('removal_requests')).toMatchObject([{ target: id, stamp: null }])
    const token = await stopTokenFor(EMAIL)
    expect((await expectNoChanges(() => stop(token))).body).toMatchObject({ code: 'invalid_link' })
  })
})

describe('a request to remove an identity is stopped', () => {
  it('by the link in its notice, which says so in the activity', async () => {
    const id = await aMonthAgo()
    const askedAt = Date.now()
    expect((await unlink(await logInByCode(PHONE), id)).status).toBe(202)
    const token = await stopTokenFor(EMAIL)
    const answers = await together(5, () => stop(token))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 204: 1, 403: 4 })
    const owner = await logIn('alice')
    const stopped = (await eventsOf(owner)).filter(({ event }) => event === 'removal_stopped')
    expect(stopped).toEqual([
      { event: 'removal_stopped', provider: 'google', at: iso(askedAt), sessionId: null, device: null, country: null },
    ])
    setClock(askedAt + WAIT_MS)
    expect((await unlink(await logInByCode(PHONE), id)).status).toBe(202)
  })

  it('by a log-in with that identity, once', async () => {
    const id = await aMonthAgo()
    const askedAt = Date.now()
    expect((await unlink(await logInByCode(PHONE), id)).status).toBe(202)
    advanceClock(MINUTE)
    const owner = await logInBy(GOOGLE)
    expect((await identitiesOf(owner))[0]?.removalRequest).toBeNull()
    await logInBy(GOOGLE)
    const stopped = (await eventsOf(owner)).filter(({ event }) => event === 'removal_stopped')
    expect(stopped).toMatchObject([{ provider: 'google', at: iso(askedAt + MINUTE) }])
    setClock(askedAt + DAY - 1)
    const thief = await logInByCode(PHONE)
    const early = await expectNoChanges(() => unlink(thief, id))
    expect(early).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    setClock(askedAt + DAY)
    expect((await unlink(thief, id)).body).toEqual({ effectiveAt: iso(Date.now() + WAIT_MS) })
    expect(await requestNotices(EMAIL)).toHaveLength(2)
  })

  it('by a log-in with it in the days in which it could be done, and not later', async () => {
    const id = await aMonthAgo()
    expect((await unlink(await logInByCode(PHONE), id)).status).toBe(202)
    advanceClock(WAIT_MS + REQUEST_LIFE_MS - 1)
    await logInBy(GOOGLE)
    expect((await rowsOf('activity')).filter(({ event }) => event === 'removal_stopped')).toHaveLength(1)
    expect((await unlink(await logInByCode(PHONE), id)).status).toBe(202)
    advanceClock(WAIT_MS + REQUEST_LIFE_MS)
    await logInBy(GOOGLE)
    expect((await rowsOf('activity')).filter(({ event }) => event === 'removal_stopped')).toHaveLength(1)
  })

  it('by linking it again, and not by linking another one', async () => {
    const id = await aMonthAgo()
    const thief = await logInByCode(PHONE)
    expect((await unlink(thief, id)).status).toBe(202)
    await link(thief, OTHER_GOOGLE)
    expect((await identitiesOf(thief))[0]?.removalRequest).not.toBeNull()
    const linkToken = await linkTokenFor(GOOGLE, Date.now())
    const { status, body } = await (await logIn('alice')).client.post('/users/me/identities', { linkToken })
    expect({ status, body }).toMatchObject({ status: 200, body: { id, removalRequest: null } })
    expect((await identitiesOf(thief))[0]?.removalRequest).toBeNull()
  })

  it('not by a log-in with another identity, nor by one that is refused, nor for another user', async () => {
    const id = await aMonthAgo()
    const owner = await logIn('alice')
    await link(owner, OTHER_GOOGLE)
    const bob = await signUpWithContacts('bob', ['bob@example.com', '+821087654321'])
    const bobs = await giveIdentity(bob, identityOf('bob'))
    advanceClock(30 * DAY)
    expect((await unlink(await logInByCode(PHONE), id)).status).toBe(202)
    expect((await unlink(await logInByCode('+821087654321'), bobs)).status).toBe(202)
    await logInBy(OTHER_GOOGLE)
    const exchange = await exchangeFor(GOOGLE, Date.now())
    advanceClock(2 * MINUTE)
    expect((await new Client().post('/auth/social/exchange', exchange)).status).toBe(403)
    await logInBy(identityOf('bob'))
    expect((await rowsOf('removal_requests')).filter(({ stamp }) => stamp !== null)).toMatchObject([{ target: id }])
  })

  it('or is done, by exactly one of a log-in and removals at once', async () => {
    const id = await aMonthAgo()
    expect((await unlink(await logInByCode(PHONE), id)).status).toBe(202)
    advanceClock(WAIT_MS)
    const thief = await logInByCode(PHONE)
    const exchange = await exchangeFor(GOOGLE, Date.now())
    const [owner, ...removals] = await Promise.all([
      new Client().post<Person>('/auth/social/exchange', exchange),
      ...Array.from({ length: 5 }, () => unlink(thief, id)),
    ])
    const isRemoved = removals.some(({ status }) => status === 204)
    expect(await rowsOf('identities')).toHaveLength(isRemoved && owner.status === 200 ? 0 : 1)
    const events = (await rowsOf('activity')).map(({ event }) => event)
    const ends = events.filter((event) => event === 'identity_unlinked' || event === 'removal_stopped')
    expect(ends).toHaveLength(1)
  })

  it('however many notices there were', async () => {
    const id = await aMonthAgo()
    for (let n = 0; n < 8; n++) {
      expect((await unlink(await logInByCode(PHONE), id)).status).toBe(202)
      expect((await stop(await stopTokenFor(EMAIL))).status).toBe(204)
      advanceClock(DAY)
    }
    expect((await allMessagesTo(EMAIL)).filter(({ purpose }) => purpose === 'identity_removal_asked')).toHaveLength(8)
    expect(await env.DB.prepare('SELECT count(*) AS count FROM removal_requests').first()).toEqual({ count: 1 })
  })
})
