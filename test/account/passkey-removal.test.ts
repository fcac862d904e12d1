import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { WAIT_MS } from '../../src/users/removal-requests'
import { eventsOf } from '../activity/read-activity'
import { Authenticator } from '../helpers/authenticator'
import { advanceClock, DAY, MINUTE, setClock } from '../helpers/clock'
import { allMessagesTo, logInByCode, stranger } from '../helpers/codes'
import { signUpWithContacts } from '../helpers/devices'
import { addPasskey, logInByPasskey, passkeysOf, tryPasskey } from '../helpers/passkeys'
import { logIn, PASSWORD, type Person, signUp, tally, together } from '../helpers/people'
import { requestNotices, stopTokenFor } from '../helpers/removal-requests'
import { expectNoChanges, rowsOf } from '../helpers/storage'

/*
 * A thief has a recycled number, or a mailbox. What they cannot do with it is to take away, unseen, the passkey that its owner logs in with.
 * Most of the rules are those of identities: identity-removal.test.ts.
 */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'

const iso = (ms: number) => new Date(ms).toISOString()
const remove = ({ client }: Pick<Person, 'client'>, id: string, body?: object) =>
  client.delete<{ effectiveAt?: string }>(`/users/me/passkeys/${id}`, body)

/** Signs Alice up at noon, with contacts and a password. The day after she adds a passkey. A month passes. */
async function aMonthAgo(): Promise<{ id: string; authenticator: Authenticator }> {
  setClock(NOON)
  const alice = await signUpWithContacts('alice', [EMAIL, PHONE])
  const authenticator = new Authenticator()
  const { id } = await addPasskey(alice, authenticator)
  await env.DB.prepare('UPDATE passkeys SET created_at = created_at + ?').bind(DAY).run()
  setClock(NOON + 30 * DAY)
  return { id, authenticator }
}

describe('a passkey is removed', () => {
  it('at once after a log-in with the password, and the owner is told', async () => {
    const { id } = await aMonthAgo()
    const owner = await logIn('alice')
    expect((await remove(owner, id)).status).toBe(204)
    expect(await passkeysOf(owner)).toEqual([])
    const events = (await eventsOf(owner)).filter(({ event }) => event === 'passkey_removed')
    expect(events).toMatchObject([{ sessionId: owner.session.id }])
    for (const to of [EMAIL, PHONE]) {
      const removed = (await allMessagesTo(to)).filter(({ purpose }) => purpose === 'passkey_removed')
      expect(removed).toHaveLength(1)
    }
    expect((await remove(owner, id)).status).toBe(404)
  })

  it('at once with the current password, however the session began', async () => {
    const { id } = await aMonthAgo()
    expect((await remove(await logInByCode(PHONE), id, { currentPassword: PASSWORD })).status).toBe(204)
  })

  it('at once after a log-in by it, or by another one that is old', async () => {
    const { id, authenticator } = await aMonthAgo()
    const owner = await logInByPasskey(authenticator)
    const other = await addPasskey(owner)
    expect((await remove(owner, other.id)).status).toBe(204)
    expect((await remove(owner, id)).status).toBe(204)
  })

  it('72 hours after a request, when the log-in was a code', async () => {
    const { id } = await aMonthAgo()
    const askedAt = Date.now()
    const thief = await logInByCode(PHONE)
    expect(await remove(thief, id)).toMatchObject({ status: 202, body: { effectiveAt: iso(askedAt + WAIT_MS) } })
    expect((await passkeysOf(thief))[0]?.removalRequest).toEqual({ effectiveAt: iso(askedAt + WAIT_MS) })
    const asked = (await eventsOf(thief)).filter(({ event }) => event === 'passkey_removal_asked')
    expect(asked).toMatchObject([{ sessionId: thief.session.id }])
    expect(await requestNotices(EMAIL)).toMatchObject([{ purpose: 'passkey_removal_asked' }])
    expect(await requestNotices(PHONE)).toEqual([])
    setClock(askedAt + WAIT_MS - 1)
    const again = await logInByCode(PHONE)
    expect((await remove(again, id)).status).toBe(202)
    setClock(askedAt + WAIT_MS)
    expect((await remove(again, id)).status).toBe(204)
  })

  it.each([
    [WAIT_MS - 1, 202],
    [WAIT_MS, 204],
  ])('%i ms after another one was added, by a log-in with that one: %i', async (ms, status) => {
    const { id } = await aMonthAgo()
    const addedAt = Date.now()
    const own = new Authenticator()
    await addPasskey(await logInByCode(PHONE), own)
    setClock(addedAt + ms)
    expect((await remove(await logInByPasskey(own), id)).status).toBe(status)
  })

  it('not at once after a log-in by one that has been removed since', async () => {
    const { id } = await aMonthAgo()
    const own = new Authenticator()
    const other = await addPasskey(await logIn('alice'), own)
    advanceClock(30 * DAY)
    const thief = await logInByPasskey(own)
    expect((await remove(await logIn('alice'), other.id)).status).toBe(204)
    expect((await remove(thief, id)).status).toBe(202)
  })

  it.each([
    [WAIT_MS - 1, 204],
    [WAIT_MS, 202],
  ])('%i ms after it was added, by a code: %i', async (ms, status) => {
    await aMonthAgo()
    const addedAt = Date.now()
    const { id } = await addPasskey(await logInByCode(PHONE))
    setClock(addedAt + ms)
    expect((await remove(await logInByCode(PHONE), id)).status).toBe(status)
  })

  it('only with a fresh proof', async () => {
    setClock(NOON)
    const owner = await signUpWithContacts('alice', [EMAIL])
    const { id } = await addPasskey(owner)
    advanceClock(9 * MINUTE)
    expect((await owner.client.post('/auth/refresh')).status).toBe(200)
    advanceClock(MINUTE)
    expect(await expectNoChanges(() => remove(owner, id))).toMatchObject({
      status: 403,
      body: { code: 'fresh_proof_required', methods: ['password', 'code', 'passkey'] },
    })
  })

  it('not by somebody else', async () => {
    const { id } = await aMonthAgo()
    const bob = await signUp('bob')
    await addPasskey(bob)
    expect((await expectNoChanges(() => remove(bob, id))).status).toBe(404)
  })
})

describe('a log-in with a passkey', () => {
  it('removes a contact at once, if the passkey is 72 hours old', async () => {
    const { authenticator } = await aMonthAgo()
    expect((await (await logInByPasskey(authenticator)).client.delete('/users/me/email')).status).toBe(204)
  })

  it('does not remove a contact at once, if the passkey is younger', async () => {
    await aMonthAgo()
    const own = new Authenticator()
    await addPasskey(await logInByCode(PHONE), own)
    advanceClock(WAIT_MS - 1)
    expect((await (await logInByPasskey(own)).client.delete('/users/me/email')).status).toBe(202)
  })
})

describe('a request to remove a passkey is stopped', () => {
  it('by the link in its notice, once', async () => {
    const { id } = await aMonthAgo()
    expect((await remove(await logInByCode(PHONE), id)).status).toBe(202)
    const token = await stopTokenFor(EMAIL)
    const stop = () => stranger().post('/users/removal-requests/stop', { token })
    expect(tally((await together(5, stop)).map(({ status }) => status))).toEqual({ 204: 1, 403: 4 })
    const owner = await logIn('alice')
    const [stopped] = (await eventsOf(owner)).filter(({ event }) => event === 'removal_stopped')
    expect(stopped).toEqual({
      event: 'removal_stopped',
      at: iso(Date.now()),
      sessionId: null,
      device: null,
      country: null,
    })
    advanceClock(WAIT_MS)
    expect((await remove(await logInByCode(PHONE), id)).status).toBe(202)
  })

  it('by a log-in with it, and not by one with another passkey or one that is refused', async () => {
    const { id, authenticator } = await aMonthAgo()
    const other = new Authenticator()
    await addPasskey(await logIn('alice'), other)
    expect((await remove(await logInByCode(PHONE), id)).status).toBe(202)
    await logInByPasskey(other)
    await tryPasskey(authenticator, { wrong: { flags: { uv: false } } })
    const open = async () => (await rowsOf('removal_requests')).filter(({ stamp }) => stamp !== null)
    expect(await open()).toHaveLength(1)
    const owner = await logInByPasskey(authenticator)
    expect(await open()).toEqual([])
    expect((await passkeysOf(owner))[0]?.removalRequest).toBeNull()
  })

  it('or is done, by exactly one of a log-in and removals at once', async () => {
    const { id, authenticator } = await aMonthAgo()
    expect((await remove(await logInByCode(PHONE), id)).status).toBe(202)
    advanceClock(WAIT_MS)
    const thief = await logInByCode(PHONE)
    await Promise.all([tryPasskey(authenticator), ...Array.from({ length: 5 }, () => remove(thief, id))])
    const events = (await rowsOf('activity')).map(({ event }) => event)
    expect(events.filter((event) => event === 'passkey_removed' || event === 'removal_stopped')).toHaveLength(1)
  })
})
