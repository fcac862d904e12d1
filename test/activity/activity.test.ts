import { beforeEach, describe, expect, it } from 'vitest'
import type { Identity } from '../../src/account-data/identities'
import type { SessionAnswer } from '../../src/sessions/schemas'
import { type Client, settleBackground } from '../helpers/client'
import { advanceClock, MINUTE, setClock } from '../helpers/clock'
import { askForCode, codeRequest, logInByCode, rightGuess, stranger } from '../helpers/codes'
import { CHROME, CURL, device, SAFARI, signUpWithContacts } from '../helpers/devices'
import { exchangeFor, identityOf } from '../helpers/identities'
import { logIn, PASSWORD, type Person, signUp } from '../helpers/people'
import { recordingBindings } from '../helpers/recorder'
import { dump } from '../helpers/storage'
import { refreshTokenOf, verificationTokenFor } from '../helpers/tokens'
import { type Event, eventsOf, expectNoNewActivity } from './read-activity'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'
const WRONG = 'a wrong password'
const NEW_PASSWORD = 'a better horse and another staple'

const desk = { device: 'Chrome on Windows', country: 'KR' }
const phone = { device: 'Safari on iOS', country: 'FR' }
const script = { device: 'curl', country: null }
const atDesk = () => device({ userAgent: CHROME, country: 'KR' })
const byPhone = () => device({ userAgent: SAFARI, country: 'FR' })
const byScript = () => device({ userAgent: CURL })

/** Alice at her desk, with an e-mail address, a phone number and a password. */
const alice = () => signUpWithContacts('alice', [EMAIL, PHONE], atDesk())

/** Expects exactly these entries at the present moment. */
async function expectNow(reader: Pick<Person, 'client'>, ...expected: Partial<Event>[]): Promise<void> {
  const now = new Date(Date.now()).toISOString()
  const events = await eventsOf(reader)
  expect(events.filter(({ at }) => at === now)).toEqual(
    expected.map((event) => ({ at: now, sessionId: null, ...event })),
  )
}

const tryPassword = (identifier: string, client: Client, password = WRONG) =>
  client.post('/auth/log-in', { identifier, password })

beforeEach(() => {
  setClock(NOON)
})

describe('the activity of an account', () => {
  it('records a sign-up and its method', async () => {
    const asked = await askForCode(atDesk(), codeRequest('carol@example.com', 'log_in'))
    const client = atDesk()
    const { body } = await client.post<SessionAnswer>('/auth/otp/log-in', rightGuess(asked))
    for (const [by, person] of [
      ['password', await signUp('bob', atDesk())],
      ['code', await alice()],
      ['code', { client, ...body }],
    ] as const) {
      await expectNow(person, { event: 'sign_up', by, sessionId: person.session.id, ...desk })
    }
  })

  it('records log-ins by password and by code', async () => {
    const owner = await alice()
    const deviceCookie = owner.client.cookies.get('__Host-device') ?? ''
    const sameDesk = () => {
      const client = atDesk()
      client.cookies.set('__Host-device', deviceCookie)
      return client
    }
    advanceClock(1000)
    const byPassword = await logIn('alice', sameDesk())
    await expectNow(owner, { event: 'log_in', by: 'password', sessionId: byPassword.session.id, ...desk })
    advanceClock(1000)
    const asked = await askForCode(byScript(), codeRequest(PHONE, 'log_in'))
    advanceClock(1000)
    const { body } = await sameDesk().post<SessionAnswer>('/auth/otp/log-in', rightGuess(asked))
    await expectNow(owner, { event: 'log_in', by: 'code', sessionId: body.session.id, ...desk })
  })

  it('records who proved a log-in by a provider', async () => {
    const identity = identityOf('of alice', { provider: 'github' })
    const client = atDesk()
    const logInByIt = async () => client.post<SessionAnswer>('/auth/social/exchange', await exchangeFor(identity))
    const about = { by: 'social', provider: 'github', ...desk } as const
    const first = await logInByIt()
    await expectNow({ client }, { event: 'sign_up', ...about, sessionId: first.body.session.id })
    advanceClock(1000)
    const again = await logInByIt()
    await expectNow(
      { client },
      { event: 'session_ended', sessionId: first.body.session.id, ...desk },
      { event: 'log_in', ...about, sessionId: again.body.session.id },
    )
  })

  it('records each identity that is linked or removed, once', async () => {
    const owner = await alice()
    const sessionId = owner.session.id
    advanceClock(1000)
    const identity = identityOf('of alice', { provider: 'kakao' })
    const link = async () => {
      const { status, body } = await owner.client.post<Identity>('/users/me/identities', await exchangeFor(identity))
      return { status, id: body.id }
    }
    const { status, id } = await link()
    expect(status).toBe(201)
    await expectNow(owner, { event: 'identity_linked', provider: 'kakao', sessionId, ...desk })
    expect(await expectNoNewActivity(link)).toEqual({ status: 200, id })
    advanceClock(1000)
    const remove = () => owner.client.delete(`/users/me/identities/${id}`)
    expect((await remove()).status).toBe(204)
    await expectNow(owner, { event: 'identity_unlinked', provider: 'kakao', sessionId, ...desk })
    expect((await expectNoNewActivity(remove)).status).toBe(404)
  })

  it('records an identity that joins an account by its address', async () => {
    const owner = await alice()
    advanceClock(1000)
    const identity = identityOf('of alice', { email: { address: EMAIL, isOwned: true } })
    const phoneClient = byPhone()
    const { body } = await phoneClient.post<SessionAnswer>('/auth/social/exchange', await exchangeFor(identity))
    expect(body.user.id).toBe(owner.user.id)
    const about = { sessionId: body.session.id, ...phone }
    await expectNow(
      owner,
      { event: 'new_device', ...about },
      { event: 'log_in', by: 'social', provider: 'google', ...about },
      { event: 'identity_linked', provider: 'google', ...phone },
    )
  })

  it('records failed log-ins after the answer, and none for an identifier without an account', async () => {
    const owner = await alice()
    const recorder = recordingBindings()
    const costs: unknown[] = []
    for (const identifier of [EMAIL, 'nobody@example.com']) {
      advanceClock(1000)
      const guesser = device({ userAgent: CURL, bindings: { DB: recorder.DB, KV: recorder.KV } })
      recorder.start()
      expect((await tryPassword(identifier, guesser)).status).toBe(401)
      costs.push(recorder.cost())
      if (identifier === EMAIL) await expectNow(owner, { event: 'log_in_failed', by: 'password', ...script })
    }
    // Until the answer, the calls to D1 and KV do not depend on whether there is an account.
    expect(costs[0]).toEqual(costs[1])
    await settleBackground()
    expect((await dump())['activity']).toHaveLength(2)

    const byCode = await logInByCode('carol@example.com')
    advanceClock(1000)
    await tryPassword('carol@example.com', byScript())
    await expectNow(byCode, { event: 'log_in_failed', by: 'password', ...script })
    for (let n = 0; n < 4; n++) await tryPassword('alice', byScript())
    const throttled = await expectNoNewActivity(() => tryPassword('alice', byScript()))
    expect(throttled.status).toBe(429)
  })

  it('records the first log-in on another device, whatever its user agent and country are', async () => {
    const owner = await alice()
    const places = [
      { place: { userAgent: SAFARI, country: 'FR' }, shown: phone },
      { place: { userAgent: CHROME, country: 'KR' }, shown: desk },
      { place: {}, shown: { device: null, country: null } },
    ]
    for (const { place, shown } of places) {
      advanceClock(1000)
      const client = device(place)
      const { session } = await logIn('alice', client)
      const about = { sessionId: session.id, ...shown }
      await expectNow(owner, { event: 'new_device', ...about }, { event: 'log_in', by: 'password', ...about })
      advanceClock(1000)
      const again = await logIn('alice', client)
      const { client: reader } = await logIn('alice', owner.client)
      const events = (await eventsOf({ client: reader })).filter(({ sessionId }) => sessionId === again.session.id)
      expect(events.map(({ event }) => event)).toEqual(['log_in'])
    }
    // A device that one account knows is still new to another.
    const bob = await signUp('bob')
    advanceClock(1000)
    const { session } = await logIn('bob', owner.client)
    const about = { sessionId: session.id, ...desk }
    await expectNow(bob, { event: 'new_device', ...about }, { event: 'log_in', by: 'password', ...about })
  })

  it('records codes that were sent to it and their outcome, and none for a contact without an account', async () => {
    const owner = await alice()
    const refuse = { code: 'E_RECIPIENT_SUPPRESSED' }
    const EMAIL_BINDING = { send: () => Promise.reject(Object.assign(new Error('Suppressed'), refuse)) }
    const bindings = { DELIVERY: '', EMAIL_FROM: 'latchkey@example.com', EMAIL: EMAIL_BINDING }
    for (const [to, purpose] of [
      [EMAIL, 'log_in'],
      [PHONE, 'verify'],
      [PHONE, 'reset_password'],
    ] as const) {
      advanceClock(MINUTE)
      const { channel } = codeRequest(to, purpose)
      await askForCode(byPhone(), codeRequest(to, purpose))
      await expectNow(owner, { event: 'code_sent', channel, purpose, outcome: 'sent', ...phone })
    }
    advanceClock(MINUTE)
    const failing = device({ userAgent: CURL, bindings })
    expect((await failing.post('/auth/otp', codeRequest(EMAIL, 'log_in'))).status).toBe(202)
    const failed = { channel: 'email', purpose: 'log_in', outcome: 'failed' } as const
    await expectNow(owner, { event: 'code_sent', ...failed, ...script })

    await expectNoNewActivity(async () => {
      for (const purpose of ['log_in', 'verify', 'reset_password'] as const) {
        await stranger().post('/auth/otp', codeRequest('nobody@example.com', purpose))
      }
      expect((await byPhone().post('/auth/otp', codeRequest(EMAIL, 'log_in'))).status).toBe(429)
    })
  })

  it('records each change of the password, and each session that it ends', async () => {
    const owner = await alice()
    const other = await logIn('alice', atDesk())
    advanceClock(1000)
    expect((await owner.client.put('/auth/password', { newPassword: NEW_PASSWORD })).status).toBe(204)
    const changed = { event: 'password_changed', sessionId: owner.session.id, ...desk } as const
    await expectNow(owner, { event: 'session_ended', sessionId: other.session.id, ...desk }, changed)

    advanceClock(1000)
    const verificationToken = await verificationTokenFor({ channel: 'sms', to: PHONE }, 'reset_password')
    expect((await byPhone().put('/auth/password', { newPassword: PASSWORD, verificationToken })).status).toBe(204)
    const reset = [
      { event: 'session_ended', sessionId: owner.session.id, ...phone },
      { event: 'password_changed', ...phone },
    ] as const
    setClock(Date.now() + 1)
    const again = await logIn('alice', atDesk())
    setClock(Date.now() - 1)
    await expectNow(again, ...reset)
  })

  it.each([
    ['email', 'email', EMAIL],
    ['phone', 'sms', PHONE],
  ] as const)('records when the %s is set, changed or removed', async (name, channel, to) => {
    const owner = await signUp('alice', byPhone())
    const put = async (contact: string) =>
      owner.client.put(`/users/me/${name}`, { verificationToken: await verificationTokenFor({ channel, to: contact }) })
    const about = { event: 'contact_changed', channel, sessionId: owner.session.id, ...phone } as const
    for (const contact of [to, channel === 'sms' ? '+821087654321' : 'new@example.com']) {
      advanceClock(1000)
      expect((await put(contact)).status).toBe(200)
      await expectNow(owner, { ...about, change: 'set' })
      // Setting it to what it already is changes nothing.
      advanceClock(1000)
      expect((await expectNoNewActivity(() => put(contact))).status).toBe(200)
    }
    advanceClock(1000)
    expect((await owner.client.delete(`/users/me/${name}`)).status).toBe(204)
    await expectNow(owner, { ...about, change: 'removed' })
    advanceClock(1000)
    expect((await expectNoNewActivity(() => owner.client.delete(`/users/me/${name}`))).status).toBe(204)
  })

  it('records each session that ends, and the device that ended it', async () => {
    const owner = await alice()
    const bob = await signUp('bob')
    const ways: [by: object, act: (session: Person) => Promise<{ status: number }>][] = [
      [phone, ({ client }) => client.post('/auth/log-out')],
      [desk, ({ session }) => owner.client.delete(`/auth/sessions/${session.id}`)],
      [desk, () => owner.client.delete('/auth/sessions')],
    ]
    for (const [by, act] of ways) {
      const ended = await logIn('alice', byPhone())
      advanceClock(1000)
      expect((await act(ended)).status).toBe(204)
      await expectNow(owner, { event: 'session_ended', sessionId: ended.session.id, ...by })
    }
    // A log-in replaces the session of this browser.
    const replaced = await logIn('alice', byPhone())
    const refreshToken = refreshTokenOf(replaced)
    advanceClock(1000)
    await logIn('alice', replaced.client)
    const ended = { event: 'session_ended', sessionId: replaced.session.id, ...phone }
    expect(await eventsOf(owner)).toContainEqual(expect.objectContaining(ended))
    await expectNoNewActivity(async () => {
      expect((await byScript().post('/auth/log-out', { refreshToken })).status).toBe(204)
      expect((await owner.client.delete(`/auth/sessions/${bob.session.id}`)).status).toBe(404)
    })
  })

  it('records once that a refresh token was used twice', async () => {
    const owner = await alice()
    const { session, client } = await logIn('alice', byPhone())
    const refreshToken = refreshTokenOf({ client })
    expect((await client.post('/auth/refresh')).status).toBe(200)
    advanceClock(MINUTE)
    expect((await byScript().post('/auth/refresh', { refreshToken })).status).toBe(401)
    await expectNow(owner, { event: 'refresh_reused', sessionId: session.id, ...script })
    advanceClock(1000)
    await expectNoNewActivity(async () => {
      const forged = refreshToken.replace(/.{4}$/, 'AAAA')
      for (const token of [refreshToken, forged, 'nonsense']) {
        expect((await byScript().post('/auth/refresh', { refreshToken: token })).status).toBe(401)
      }
    })
  })

  it('records each export', async () => {
    const owner = await alice()
    advanceClock(1000)
    expect((await owner.client.get('/users/me/export')).status).toBe(200)
    await expectNow(owner, { event: 'export', sessionId: owner.session.id, ...desk })
  })

  it('records an attempt to delete the account without a proof, once in ten minutes', async () => {
    const owner = await alice()
    const refresh = async () => expect((await owner.client.post('/auth/refresh')).status).toBe(200)
    advanceClock(5 * MINUTE)
    await refresh()
    advanceClock(5 * MINUTE)
    expect(await owner.client.delete('/users/me')).toMatchObject({
      status: 403,
      body: { code: 'fresh_proof_required' },
    })
    const asked = { event: 'deletion_asked', sessionId: owner.session.id, ...desk } as const
    await expectNow(owner, asked)
    advanceClock(5 * MINUTE)
    await refresh()
    advanceClock(5 * MINUTE - 1)
    expect(await expectNoNewActivity(() => owner.client.delete('/users/me'))).toMatchObject({ status: 403 })
    advanceClock(1)
    expect(await owner.client.delete('/users/me')).toMatchObject({ body: { code: 'fresh_proof_required' } })
    await expectNow(owner, asked)
  })

  it('records a wrong password in a proof', async () => {
    const owner = await alice()
    advanceClock(1000)
    const change = { newPassword: NEW_PASSWORD, currentPassword: WRONG }
    expect(await owner.client.put('/auth/password', change)).toMatchObject({ body: { code: 'wrong_password' } })
    await expectNow(owner, { event: 'proof_failed', sessionId: owner.session.id, ...desk })
  })

  it('records a new user name, but not one that stays the same', async () => {
    const owner = await alice()
    advanceClock(1000)
    expect((await owner.client.patch('/users/me', { username: 'alicia' })).status).toBe(200)
    await expectNow(owner, { event: 'username_changed', sessionId: owner.session.id, ...desk })
    await expectNoNewActivity(() => owner.client.patch('/users/me', { username: 'alicia', name: 'Alice' }))
  })

  it('records no attempt to delete the account from a session that has ended', async () => {
    const owner = await alice()
    advanceClock(5 * MINUTE)
    expect((await owner.client.post('/auth/refresh')).status).toBe(200)
    advanceClock(5 * MINUTE)
    const other = await logIn('alice', atDesk())
    expect((await other.client.delete(`/auth/sessions/${owner.session.id}`)).status).toBe(204)
    const { status } = await expectNoNewActivity(() => owner.client.delete('/users/me'))
    expect([401, 403]).toContain(status)
  })
})
