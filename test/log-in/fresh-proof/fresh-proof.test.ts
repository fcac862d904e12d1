import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { FRESH_FOR_MS } from '../../../src/log-in/fresh-proof/require-fresh-proof'
import { interruptedD1 } from '../../helpers/bindings'
import { type Answer, type Client, type ProblemBody, settleBackground } from '../../helpers/client'
import { advanceClock, DAY, MINUTE, setClock } from '../../helpers/clock'
import { logInByCode } from '../../helpers/codes'
import { CURL, device, signUpWithContacts } from '../../helpers/devices'
import { logIn, PASSWORD, type Person, signUp, tally, together } from '../../helpers/people'
import { someOf } from '../../helpers/some-of'
import { dump } from '../../helpers/storage'
import { accessTokenOf, verificationTokenFor } from '../../helpers/tokens'
import { callsOf, hashCalls } from '../password/hashes'

/* Routes that need a fresh proof: a log-in within the last ten minutes, or the current password. */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'
const WRONG = 'a wrong password'
const NEW_PASSWORD = 'a better horse and another staple'

type Act = (client: Client, proof?: { currentPassword: string }) => Promise<Answer<ProblemBody>>

const verified = async (channel: 'email' | 'sms', to: string) => ({
  verificationToken: await verificationTokenFor({ channel, to }),
})

/** Alice's other session. */
async function otherSession(): Promise<string | undefined> {
  const byCurl = env.DB.prepare("SELECT id FROM sessions WHERE device = 'curl'")
  return (await byCurl.first<{ id: string }>())?.id
}

/** Every route that needs a fresh proof, with a valid request and the status of its answer. */
const routes: [name: string, act: Act, status: number][] = [
  [
    'PUT email',
    async (c, p) => c.put('/users/me/email', { ...(await verified('email', 'new@example.com')), ...p }),
    200,
  ],
  ['DELETE email', (c, p) => c.delete('/users/me/email', p), 204],
  ['PUT phone', async (c, p) => c.put('/users/me/phone', { ...(await verified('sms', '+821087654321')), ...p }), 200],
  ['DELETE phone', (c, p) => c.delete('/users/me/phone', p), 204],
  ['PUT password', (c, p) => c.put('/auth/password', { newPassword: NEW_PASSWORD, ...p }), 204],
  ['DELETE me', (c, p) => c.delete('/users/me', p), 204],
  ['DELETE sessions', (c, p) => c.delete('/auth/sessions', p), 204],
  ['DELETE another session', async (c, p) => c.delete(`/auth/sessions/${await otherSession()}`, p), 204],
  ['PATCH username', (c, p) => c.patch('/users/me', { username: 'alicia', ...p }), 200],
]

const fresh = { status: 403, body: { code: 'fresh_proof_required' } }
const wrong = { status: 403, body: { code: 'wrong_password' } }
const tooMany = { status: 429, body: { code: 'too_many_attempts' } }

/** Alice with both contacts, and with another session. */
async function alice(): Promise<Person> {
  const owner = await signUpWithContacts('alice', [EMAIL, PHONE])
  await logIn('alice', device({ userAgent: CURL }))
  await env.DB.prepare("UPDATE sessions SET expires_at = ? WHERE device = 'curl'")
    .bind(NOON + 30 * DAY)
    .run()
  // Waits for the notice of the log-in.
  await settleBackground()
  return owner
}

/** Advances the clock, and keeps the session alive by refreshing it on the way. */
async function keepUsing({ client }: Person, ms: number): Promise<void> {
  advanceClock(ms / 2)
  expect((await client.post('/auth/refresh')).status).toBe(200)
  advanceClock(ms / 2)
  expect((await client.post('/auth/refresh')).status).toBe(200)
}

/** The activity events about failed attempts. */
const ATTEMPTS = ['deletion_asked', 'proof_failed']

/** Runs `act`, and expects no changes except for the count and the record of failed attempts. */
async function expectNoEffect<Result>(act: () => Promise<Result>): Promise<Result> {
  const state = async () => {
    await settleBackground()
    const { log_in_throttle, hour_counts, activity, notice_sends, ...rest } = await dump()
    const events = activity?.map(({ event }) => event).filter((event) => !ATTEMPTS.includes(String(event)))
    return { ...rest, events }
  }
  const before = await state()
  const result = await act()
  expect(await state()).toEqual(before)
  return result
}

const tryPassword = (password: string) => device().post('/auth/log-in', { identifier: 'alice', password })

beforeEach(() => {
  setClock(NOON)
})

describe.each(someOf(routes, 3))('%s', (_, act, status) => {
  it('is allowed for ten minutes after the log-in, and a refresh does not make it longer', async () => {
    expect(FRESH_FOR_MS).toBe(10 * MINUTE)
    const owner = await alice()
    advanceClock(5 * MINUTE)
    expect((await owner.client.post('/auth/refresh')).status).toBe(200)
    setClock(NOON + FRESH_FOR_MS)
    expect(await expectNoEffect(() => act(owner.client))).toMatchObject(fresh)
    setClock(NOON + FRESH_FOR_MS - 1)
    expect((await act(owner.client)).status).toBe(status)
  })

  it('is allowed with the current password at any time, and refused with a wrong one', async () => {
    const owner = await alice()
    expect(await expectNoEffect(() => act(owner.client, { currentPassword: WRONG }))).toMatchObject(wrong)
    await keepUsing(owner, 26 * DAY)
    expect(await expectNoEffect(() => act(owner.client))).toMatchObject(fresh)
    expect((await act(owner.client, { currentPassword: PASSWORD })).status).toBe(status)
  })

  it('is refused when the password changes just after it was checked', async () => {
    const owner = await alice()
    await keepUsing(owner, DAY)
    const change = () => env.DB.prepare('UPDATE users SET password_version = password_version + 1').run()
    const headers = { Authorization: `Bearer ${accessTokenOf(owner)}` }
    const late = device({ headers, bindings: { DB: interruptedD1(2, change) } })
    const before = await dump()
    expect(await act(late, { currentPassword: PASSWORD })).toMatchObject(wrong)
    await settleBackground()
    const { users, log_in_throttle, activity, ...rest } = await dump()
    expect(users).toEqual(before['users']?.map((row) => ({ ...row, password_version: 1 })))
    expect(rest).toEqual({ ...before, users: undefined, log_in_throttle: undefined, activity: undefined })
    expect(activity?.filter(({ event }) => !ATTEMPTS.includes(String(event)))).toEqual(before['activity'])
  })

  it('is refused when the session ends just after the proof was checked', async () => {
    const owner = await alice()
    await env.DB.prepare('INSERT INTO log_in_throttle VALUES (1, ?, 4, ?, ?)').bind(owner.user.id, NOON, NOON).run()
    const end = () => env.DB.prepare('DELETE FROM sessions WHERE id = ?').bind(owner.session.id).run()
    const headers = { Authorization: `Bearer ${accessTokenOf(owner)}` }
    const late = device({ headers, bindings: { DB: interruptedD1(1, end) } })
    const { sessions, ...before } = await dump()
    expect(await act(late)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    await settleBackground()
    const { sessions: left, ...after } = await dump()
    // The failed attempts still count. Otherwise a lost session could be used to go on guessing.
    expect(after).toEqual(before)
    expect(left).toEqual(sessions?.filter(({ id }) => id !== owner.session.id))
  })
})

it('needs another log-in for a new proof, not a refresh', async () => {
  const owner = await alice()
  await keepUsing(owner, FRESH_FOR_MS)
  expect(await expectNoEffect(() => owner.client.delete('/auth/sessions'))).toMatchObject(fresh)
  const { client } = await logIn('alice', device())
  expect(await expectNoEffect(() => owner.client.delete('/auth/sessions'))).toMatchObject(fresh)
  expect((await client.delete('/auth/sessions')).status).toBe(204)
})

it('accepts exactly the current password', async () => {
  const { client } = await alice()
  for (const currentPassword of ['', ` ${PASSWORD}`, PASSWORD.toUpperCase(), `${PASSWORD}\u0301`]) {
    expect(await expectNoEffect(() => client.delete('/auth/sessions', { currentPassword }))).toMatchObject(wrong)
  }
  for (const currentPassword of [1, null, [PASSWORD], `${PASSWORD}\0`]) {
    const answer = await expectNoEffect(() => client.delete('/auth/sessions', { currentPassword }))
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: '/currentPassword' }] } })
  }
})

it('needs no proof to end the own session, or to change a name that is no user name', async () => {
  const owner = await alice()
  await keepUsing(owner, DAY)
  expect((await owner.client.patch('/users/me', { name: 'Alice', nickname: null })).status).toBe(200)
  expect((await owner.client.delete(`/auth/sessions/${owner.session.id}`)).status).toBe(204)
})

it('sets no password for a deleted user', async () => {
  const owner = await alice()
  await env.DB.prepare('DELETE FROM users').run()
  const answer = await owner.client.put('/auth/password', { newPassword: NEW_PASSWORD })
  expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
})

describe('a user without a password', () => {
  it('has only the log-in as a proof', async () => {
    const owner = await logInByCode(EMAIL)
    await logInByCode(PHONE)
    expect(await expectNoEffect(() => owner.client.delete('/auth/sessions', { currentPassword: '' }))).toMatchObject(
      wrong,
    )
    expect((await owner.client.delete('/auth/sessions')).status).toBe(204)
    await keepUsing(owner, FRESH_FOR_MS)
    const first = { newPassword: PASSWORD }
    expect(await expectNoEffect(() => owner.client.put('/auth/password', first))).toMatchObject(fresh)
    const calls = await hashCalls(async () => {
      const proof = { ...first, currentPassword: PASSWORD }
      expect(await expectNoEffect(() => owner.client.put('/auth/password', proof))).toMatchObject(wrong)
    })
    expect(calls).toEqual(callsOf(1))
    const again = await logInByCode(EMAIL, owner.client)
    expect((await again.client.put('/auth/password', first)).status).toBe(204)
    expect((await again.client.delete('/auth/sessions', { currentPassword: PASSWORD })).status).toBe(204)
  })
})

describe('wrong passwords in proofs', () => {
  const prove = ({ client }: Person, currentPassword: string) => client.delete('/auth/sessions', { currentPassword })

  it('make every proof wait after five in a row, right or wrong, on every route', async () => {
    const owner = await alice()
    const wrongOne = { currentPassword: WRONG }
    for (let n = 0; n < 5; n++) expect(await routes[n]?.[1](owner.client, wrongOne)).toMatchObject(wrong)
    const refused = async () => {
      for (const [, act] of routes) {
        for (const currentPassword of [WRONG, PASSWORD]) {
          const answer = await act(owner.client, { currentPassword })
          expect(answer).toMatchObject(tooMany)
          expect(answer.headers.get('Retry-After')).toBe('1')
        }
      }
    }
    const calls = await hashCalls(() => expectNoEffect(refused))
    expect(calls).toEqual([])
    advanceClock(1000)
    expect(await prove(owner, WRONG)).toMatchObject(wrong)
    advanceClock(1999)
    expect(await prove(owner, PASSWORD)).toMatchObject(tooMany)
    advanceClock(1)
    expect((await prove(owner, PASSWORD)).status).toBe(204)
    await settleBackground()
    expect((await dump())['log_in_throttle']).toEqual([])
  })

  it('are checked only five times when 20 are sent at once', async () => {
    const owner = await alice()
    const calls = await hashCalls(async () => {
      const answers = await together(20, () => prove(owner, WRONG))
      expect(tally(answers.map(({ status }) => status))).toEqual({ 403: 5, 429: 15 })
    })
    expect(calls).toEqual(callsOf(5))
  })

  it('do not prevent the owner from logging in', async () => {
    const owner = await alice()
    for (let n = 0; n < 5; n++) await prove(owner, WRONG)
    expect(await prove(owner, PASSWORD)).toMatchObject(tooMany)
    expect((await tryPassword(PASSWORD)).status).toBe(200)
  })

  it('are counted apart from wrong passwords at log-in', async () => {
    const owner = await alice()
    for (let n = 0; n < 5; n++) expect((await tryPassword(WRONG)).status).toBe(401)
    expect((await tryPassword(PASSWORD)).status).toBe(429)
    for (let n = 0; n < 4; n++) expect(await prove(owner, WRONG)).toMatchObject(wrong)
    expect((await tryPassword(PASSWORD)).status).toBe(429)
    expect((await prove(owner, PASSWORD)).status).toBe(204)
  })

  it('are counted for one user only, and not for a session that has ended', async () => {
    const [owner, bob] = [await alice(), await signUp('bob')]
    for (let n = 0; n < 5; n++) await prove(owner, WRONG)
    expect((await prove(bob, PASSWORD)).status).toBe(204)
    const { client } = await logIn('bob', device())
    expect((await client.delete(`/auth/sessions/${bob.session.id}`)).status).toBe(204)
    await settleBackground()
    const before = (await dump())['log_in_throttle']
    expect(await prove(bob, WRONG)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    expect((await dump())['log_in_throttle']).toEqual(before)
  })
})
