import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { eventsOf } from '../activity/read-activity'
import { losingD1 } from '../helpers/bindings'
import { Client, clientOf, settleBackground } from '../helpers/client'
import { advanceClock, HOUR, MINUTE, setClock } from '../helpers/clock'
import { allMessagesTo, askForCode, codeRequest, messagesTo, stranger, wrongCode } from '../helpers/codes'
import { CHROME, device, signUpWithContacts } from '../helpers/devices'
import {
  block,
  type FoundAccount,
  OLIVIA,
  OPERATOR,
  operator,
  readActs,
  throughAccess,
  withOperatorToken,
} from '../helpers/operator'
import { logIn, type Person, signUp } from '../helpers/people'
import { newPerson } from '../helpers/providers'
import { logInWith } from '../helpers/social-log-in'
import { dump, dumpKv, expectNoChanges, rowsOf } from '../helpers/storage'

/* What operators see and do. */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'
const NOBODY = '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10'
const iso = (ms: number) => new Date(ms).toISOString()
const of = ({ user }: Pick<Person, 'user'>, what = '') => `${OPERATOR}/accounts/${user.id}${what}`

const find = async (identifier: string) => {
  const { status, body } = await operator().post<{ account: FoundAccount | null }>(`${OPERATOR}/accounts/find`, {
    identifier,
  })
  expect(status).toBe(200)
  return body.account
}

beforeEach(() => setClock(NOON))

describe('an account', () => {
  it('is found by user name, e-mail address, phone number or id, as people type them', async () => {
    const { user } = await signUpWithContacts('alice', [EMAIL, PHONE])
    await signUp('bob')
    for (const typed of ['alice', ' ALICE ', EMAIL, 'Alice@Example.com', PHONE, '010-1234-5678', user.id]) {
      expect(await find(typed)).toEqual({ ...user, blockedAt: null })
    }
    for (const typed of ['carol', 'carol@example.com', '010-0000-0000', NOBODY, '?', user.id.slice(1)]) {
      expect(await find(typed)).toBeNull()
    }
  })

  it('is shown with all that helps, and without secrets, MACs and to-dos', async () => {
    const client = device({ userAgent: CHROME, country: 'KR' })
    const alice = await signUpWithContacts('alice', [EMAIL], client)
    await client.post('/todos', { contents: 'A secret plan', labels: ['hidden'] })
    await new Client().post('/auth/log-in', { identifier: 'alice', password: 'wrong' })
    const asked = await askForCode(stranger(), codeRequest(EMAIL, 'log_in'))
    await stranger().post('/auth/otp/log-in', { challengeId: asked.challengeId, code: wrongCode(asked.code) })
    await settleBackground()
    const { status, body, text } = await operator().get<Record<string, unknown>>(of(alice))
    expect(status).toBe(200)
    expect(body).toMatchObject({
      user: alice.user,
      blockedAt: null,
      waysToLogIn: ['password', 'email'],
      identities: [],
      passkeys: [],
      sessions: [{ id: alice.session.id, device: 'Chrome on Windows', country: 'KR', current: false }],
      throttles: {
        passwords: [{ of: 'log_in', failures: 1, lastFailureAt: iso(NOON), blockedUntil: null }],
        codes: [{ channel: 'email', byKnownDevice: false, sent: 1, lastSentAt: iso(NOON), wrongGuesses: 1 }],
      },
      quotas: {
        todos: { rows: 1, maxRows: 50_000, bytes: 'A secret plan["hidden"]'.length, maxBytes: 20_000_000 },
        identifierChangeAt: null,
        passwordChangeAt: null,
        exportAt: null,
      },
      removalRequests: [],
    })
    const events = Array.isArray(body['activity']) ? body['activity'].map(({ event }) => event) : []
    expect(events.sort()).toEqual(['code_sent', 'log_in_failed', 'operator_act', 'sign_up'])
    const [row] = await rowsOf('users')
    const [code] = await rowsOf('otp_codes')
    const secrets = [row?.['password_hash'], row?.['proof_stamp'], code?.['guard'], code?.['recipient']]
    for (const secret of [...secrets, 'A secret plan', 'hidden']) expect(text).not.toContain(String(secret))
  })

  it('is shown with its identities, and says when a quota has room again', async () => {
    const { user, client } = await logInWith('google', newPerson({ email: 'alice@gmail.com' }))
    for (let n = 0; n < 10; n++) await client.get('/users/me/export')
    for (const username of ['one', 'two', 'three']) {
      expect(await client.patch('/users/me', { username })).toMatchObject({ status: 200 })
    }
    const { body } = await operator().get<Record<string, Record<string, unknown>>>(`${OPERATOR}/accounts/${user.id}`)
    expect(body).toMatchObject({
      waysToLogIn: ['email', 'identity'],
      identities: [{ provider: 'google', label: 'alice@gmail.com' }],
      quotas: { exportAt: iso(NOON + HOUR), passwordChangeAt: null },
    })
    expect(body['quotas']?.['identifierChangeAt']).not.toBeNull()
  })

  it.each([
    ['GET', ''],
    ['GET', '/export'],
    ['DELETE', '/sessions'],
    ['POST', '/block'],
    ['POST', '/unblock'],
    ['POST', '/unlock'],
    ['DELETE', ''],
  ])('that is not there is 404, and nothing is recorded: %s %s', async (method, what) => {
    const body = what === '/block' ? { reason: 'x' } : undefined
    const path = `${OPERATOR}/accounts/${NOBODY}${what}`
    const { status, body: problem } = await expectNoChanges(() =>
      operator().request<{ code: string }>(method, path, { body }),
    )
    expect({ status, code: problem.code }).toEqual({ status: 404, code: 'not_found' })
    const invalid = await operator().request<{ code: string }>(method, path.replace(NOBODY, 'alice'), { body })
    expect(invalid).toMatchObject({ status: 422, body: { code: 'invalid_fields' } })
  })

  it.each([
    ['', 'too_short'],
    [' \u2800 ', 'too_short'],
    ['x'.repeat(201), 'too_long'],
    ['alice@example.com complained', 'has_contact'],
    ['called from 010-1234-5678', 'has_contact'],
    ['+82 10 1234 5678', 'has_contact'],
  ])('is not blocked for a reason with a contact in it, or none: %.20s', async (reason, code) => {
    const alice = await signUp('alice')
    const { status, body } = await expectNoChanges(() => operator().post(of(alice, '/block'), { reason }))
    expect({ status, errors: body.errors }).toMatchObject({ status: 422, errors: [{ path: '/reason', code }] })
  })
})

describe('an erasure by an operator', () => {
  it('leaves nothing but the id in the record, as a deletion by the owner leaves nothing', async () => {
    const before = await dump()
    const alice = await signUpWithContacts('alice', [EMAIL])
    await alice.client.post('/todos', { contents: 'Buy milk' })
    await new Client().post('/auth/log-in', { identifier: 'alice', password: 'wrong' })
    await settleBackground()
    await block(alice.user)
    advanceClock(1000)
    expect(await operator().delete(of(alice))).toMatchObject({ status: 204 })
    await settleBackground()
    const after = await dump()
    const { operator_acts: acts, ...others } = after
    const counts = ['hour_counts', 'message_days', 'notice_sends', 'spent_tokens']
    for (const [name, rows] of Object.entries(others)) {
      if (!counts.includes(name)) expect({ name, rows }).toEqual({ name, rows: before[name] })
    }
    expect(acts?.map(({ act, user_id: id }) => [act, id])).toEqual([
      ['block', alice.user.id],
      ['erase', alice.user.id],
    ])
    expect(JSON.stringify(acts)).not.toMatch(/alice|example\.com/)
    expect([...(await dumpKv('session:')).keys()]).toEqual([])
    expect((await messagesTo(EMAIL, 1)).map(({ purpose }) => purpose)).toEqual(['account_deleted'])
    expect(await alice.client.get('/users/me')).toMatchObject({ status: 401 })
  })
})

describe('an export by an operator', () => {
  it('has what the owner exports, but nothing about to-dos, lists and the calendar', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    await alice.client.post('/todos', { contents: 'A secret plan' })
    await alice.client.post('/lists', { name: 'A secret plan' })
    const { body: own } = await alice.client.get<Record<string, unknown>>('/users/me/export')
    await block(alice.user)
    const { status, headers, body, text } = await operator().get<Record<string, unknown>>(of(alice, '/export'))
    expect(status).toBe(200)
    expect(headers.get('Content-Disposition')).toBe(`attachment; filename="account-${alice.user.id}.json"`)
    const { todos, lists, todoUsage, calendarFeed: _, ...others } = own
    expect(Object.keys(body).sort()).toEqual([...Object.keys(others), 'blockedAt'].sort())
    expect(body).toMatchObject({ user: own['user'], blockedAt: iso(NOON), sessions: [] })
    expect(text).not.toContain('A secret plan')
    expect([todos, lists]).toMatchObject([[{ contents: 'A secret plan' }], [{ name: 'A secret plan' }]])
    expect(todoUsage).toMatchObject({ rows: 1 })
  })
})

describe('the record', () => {
  it('has a row for each act, reads included, by whom it was done', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    const olivia = await throughAccess()
    const acts: [string, string, object?][] = [
      ['POST', `${OPERATOR}/accounts/find`, { identifier: EMAIL }],
      ['POST', `${OPERATOR}/accounts/find`, { identifier: 'nobody@example.com' }],
      ['GET', of(alice)],
      ['DELETE', of(alice, '/sessions')],
      ['POST', of(alice, '/block'), { reason: 'Sends spam' }],
      ['POST', of(alice, '/unblock')],
      ['POST', of(alice, '/unlock')],
      ['GET', of(alice, '/export')],
      ['GET', `${OPERATOR}/counters`],
      ['DELETE', of(alice)],
    ]
    for (const [method, path, body] of acts) {
      advanceClock(1000)
      const { status } = await olivia.request(method, path, { body })
      expect({ method, path, ok: status < 300 }).toEqual({ method, path, ok: true })
    }
    const own = { operator: OLIVIA, userId: alice.user.id, detail: null }
    const expected = [
      { ...own, act: 'find', detail: { by: 'email', found: true } },
      { ...own, act: 'find', userId: null, detail: { by: 'email', found: false } },
      { ...own, act: 'see' },
      { ...own, act: 'end_sessions' },
      { ...own, act: 'block', detail: { reason: 'Sends spam' } },
      { ...own, act: 'unblock' },
      { ...own, act: 'unlock' },
      { ...own, act: 'export' },
      { ...own, act: 'counters', userId: null },
      { ...own, act: 'erase' },
    ].map((act, n) => ({ ...act, id: expect.any(String), at: iso(NOON + 1000 * (n + 1)) }))
    expect(await readActs()).toEqual(expected)
    expect(JSON.stringify(await rowsOf('operator_acts'))).not.toContain(EMAIL)
  })

  it('is read page by page, the newest first', async () => {
    await signUp('alice')
    for (const name of ['one', 'two', 'three']) {
      advanceClock(1000)
      await find(name)
    }
    interface Page {
      acts: { at: string }[]
      nextCursor: string | null
    }
    const read = (query: string) => operator().get<Page>(`${OPERATOR}/acts?${query}`)
    const { body: first } = await read('limit=2')
    const { body: second } = await read(`limit=2&cursor=${first.nextCursor}`)
    expect([...first.acts, ...second.acts].map(({ at }) => at)).toEqual([3, 2, 1].map((n) => iso(NOON + n * 1000)))
    expect(second.nextCursor).toBeNull()
    expect(await read('cursor=nonsense')).toMatchObject({ status: 422 })
  })

  it('is written in the transaction of the act: where D1 loses the answer there is both, or neither', async () => {
    const alice = await signUp('alice')
    for (const takesEffect of [true, false]) {
      const { DB } = losingD1(['D1_ERROR: Network connection lost.'], { takesEffect })
      const client = clientOf({ DB }, withOperatorToken())
      expect(await client.post(of(alice, '/block'), { reason: 'x' })).toMatchObject({ status: 503 })
      const [row] = await rowsOf('users')
      expect([(await rowsOf('operator_acts')).length, row?.['blocked_at']]).toEqual(takesEffect ? [1, NOON] : [0, null])
      await settleBackground()
      if (takesEffect) expect([...(await dumpKv('session:')).keys()]).toEqual([])
      await env.DB.batch([
        env.DB.prepare('UPDATE users SET blocked_at = NULL'),
        env.DB.prepare('DELETE FROM operator_acts'),
      ])
    }
  })

  it('is told to the owner, without who and where the operator is', async () => {
    const alice = await signUp('alice')
    const olivia = await throughAccess()
    advanceClock(MINUTE)
    await olivia.get(of(alice), { headers: { 'User-Agent': CHROME } })
    await olivia.post(of(alice, '/block'), { reason: 'Sends spam' })
    await olivia.post(of(alice, '/unblock'))
    advanceClock(MINUTE)
    const again = await logIn('alice')
    const told = (await eventsOf(again)).filter(({ event }) => event === 'operator_act')
    const entry = { event: 'operator_act', at: iso(NOON + MINUTE), sessionId: null, device: null, country: null }
    expect(told.map(({ act }) => act).sort()).toEqual(['block', 'see', 'unblock'])
    expect(told).toEqual(told.map(({ act }) => ({ ...entry, act })))
    for (const [language, words] of [
      ['en', 'An operator of this service blocked the account'],
      ['ko', '운영자가 계정을 차단했습니다'],
    ] as const) {
      const headers = { Accept: 'text/html', 'Accept-Language': language }
      const { text } = await again.client.get('http://localhost:8787/console/account/activity', { headers })
      expect(text).toContain(words)
      expect(text).not.toContain(OLIVIA)
    }
    expect(await allMessagesTo(EMAIL)).toEqual([])
  })
})

describe('the counters', () => {
  it('count sign-ups and log-ins by country, failures, messages and guesses', async () => {
    await signUp('alice', device({ country: 'KR' }))
    await signUp('bob', device({ country: 'KR' }))
    await signUp('carol', device())
    setClock(NOON + 23 * HOUR)
    await logIn('alice', device({ country: 'FR' }))
    await new Client().post('/auth/log-in', { identifier: 'bob', password: 'wrong' })
    await askForCode(stranger(), codeRequest(EMAIL, 'log_in'))
    await settleBackground()
    interface Counters {
      messages: { channel: string; pool: string; sent: number; resets: number; left: number }[]
      [name: string]: unknown
    }
    const { status, body } = await operator().get<Counters>(`${OPERATOR}/counters`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      since: iso(NOON - HOUR),
      isComplete: true,
      signUps: [
        { country: 'KR', count: 2 },
        { country: null, count: 1 },
      ],
      logIns: [{ country: 'FR', count: 1 }],
      failures: [
        { event: 'log_in_failed', count: 1 },
        { event: 'proof_failed', count: 0 },
        { event: 'refresh_reused', count: 0 },
      ],
      hours: [
        { hour: iso(NOON + 23 * HOUR), wrongCodes: 0, wrongPasswords: 1, newAccounts: 0 },
        { hour: iso(NOON), wrongCodes: 0, wrongPasswords: 0, newAccounts: 3 },
      ],
    })
    expect(body.messages.length).toBe(6)
    // Of the strangers' 9,600, twelve hourly slices have come by 11:00.
    expect(body.messages).toContainEqual({ channel: 'email', pool: 'strangers', sent: 1, resets: 0, left: 4799 })
    expect(body.messages).toContainEqual({ channel: 'sms', pool: 'notices', sent: 0, resets: 0, left: 7200 })
    setClock(NOON + 26 * HOUR)
    expect((await operator().get<Counters>(`${OPERATOR}/counters`)).body).toMatchObject({ signUps: [] })
  })

  it('read the newest 20,000 entries, and say when that is not all', async () => {
    const { user } = await signUp('alice')
    const add = (count: number, at: number) =>
      env.DB.prepare(
        `WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ?)
         INSERT INTO activity (id, user_id, event, at) SELECT lower(hex(randomblob(16))), ?, 'log_in', ? FROM n`,
      )
        .bind(count, user.id, at)
        .run()
    await add(15_000, NOON - MINUTE)
    const read = async () => (await operator().get<Record<string, unknown>>(`${OPERATOR}/counters`)).body
    expect(await read()).toMatchObject({ isComplete: true, logIns: [{ count: 15_000 }] })
    await add(10_000, NOON)
    expect(await read()).toMatchObject({ isComplete: false, logIns: [{ count: 20_000 }] })
    await env.DB.prepare('UPDATE activity SET at = ?')
      .bind(NOON - 25 * HOUR)
      .run()
    expect(await read()).toMatchObject({ isComplete: true, logIns: [] })
  })
})
