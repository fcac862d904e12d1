import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import worker from '../../src/index'
import { defaultPosition } from '../../src/todos/position'
import type { Todo } from '../../src/todos/schemas'
import { Authenticator } from '../helpers/authenticator'
import { breakableD1, recordingLimit } from '../helpers/bindings'
import { API, backgroundContext, settleBackground } from '../helpers/client'
import { advanceClock, setClock } from '../helpers/clock'
import { askForCode, codeRequest } from '../helpers/codes'
import { CHROME, CURL, device, SAFARI, signUpWithContacts } from '../helpers/devices'
import { compileSchema, readDocument } from '../helpers/document'
import { identityOf, linkTokenFor } from '../helpers/identities'
import { addPasskey } from '../helpers/passkeys'
import { logIn, type Person, signUp } from '../helpers/people'
import { recordingBindings } from '../helpers/recorder'
import { prepareRequest } from '../helpers/removal-requests'
import { dump, expectNoChanges, rowsOf } from '../helpers/storage'
import { accessTokenOf, verificationTokenFor } from '../helpers/tokens'
import { bytesOf } from '../todos/counts'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'
const WRONG = 'a wrong password'

type Row = Record<string, unknown>
type Exported = Record<string, unknown> & { todos: { id: string; contents: string }[] }

const alice = () => signUpWithContacts('alice', [EMAIL, PHONE], device({ userAgent: CHROME, country: 'KR' }))
const exportOf = ({ client }: Pick<Person, 'client'>) => client.get<Exported>('/users/me/export')
const iso = (ms: unknown) => (ms === null ? null : new Date(Number(ms)).toISOString())

/** Adds to-dos that differ in their fields, directly in D1. */
async function addTodos({ user }: Person, count: number): Promise<void> {
  const insert = env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
     INSERT INTO todos (id, user_id, contents, priority, labels, due_at, created_at, updated_at, version, seq)
     SELECT printf('01a23179-de00-7000-8000-%012d', i), ?, 'To-do ' || i, i % 5, json_array('home', i), ? + i, ?, ?, 1 + i % 3, i
     FROM n`,
  )
  await insert.bind(count, user.id, NOON, NOON, NOON).run()
}

/** Reads a body until it ends or breaks off. */
async function readParts(body: ReadableStream<Uint8Array> | null): Promise<{ parts: string[]; broken: boolean }> {
  const parts: string[] = []
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: '' }
      if (done) return { parts, broken: false }
      parts.push(value)
    }
  } catch {
    return { parts, broken: true }
  }
}

/** The export, not read yet, from a Worker with these bindings. */
const stream = (person: Person, bindings: Partial<Env>): Promise<Response> =>
  worker.fetch(
    new Request(`${API}/users/me/export`, { headers: { Authorization: `Bearer ${accessTokenOf(person)}` } }),
    { ...env, ...bindings },
    backgroundContext(),
  )

/** What the export of Alice should contain, given all rows about her. */
function exportOfRows(
  {
    users,
    sessions,
    activity,
    todos,
    todo_searches,
    lists,
    log_in_throttle,
    identities,
    passkeys,
    removal_requests,
    past_identifiers,
    calendar_feeds,
  }: Record<string, Row[] | undefined>,
  owner: Person,
) {
  const newestFirst = (a: Row, b: Row) => (String(a['id']) < String(b['id']) ? 1 : -1)
  return {
    user: users?.map((row) => ({
      id: owner.user.id,
      username: 'alice',
      email: 'new@example.com',
      phone: PHONE,
      name: 'Name of alice',
      nickname: 'N',
      timeZone: 'Asia/Seoul',
      hasPassword: true,
      createdAt: iso(row['created_at']),
      updatedAt: iso(row['updated_at']),
    }))[0],
    sessions: sessions?.toSorted(newestFirst).map((row) => ({
      id: row['id'],
      createdAt: iso(row['created_at']),
      lastSeenAt: iso(row['last_seen_at']),
      expiresAt: iso(row['expires_at']),
      device: row['device'],
      country: row['country'],
      current: row['id'] === owner.session.id,
    })),
    activity: activity?.toSorted(newestFirst).map((row) => ({
      id: row['id'],
      event: row['event'],
      at: iso(row['at']),
      sessionId: row['session_id'],
      device: row['device'],
      country: row['country'],
      ...JSON.parse(String(row['detail'] ?? '{}')),
    })),
    identities: identities?.map(({ id, provider, issuer, subject, label, created_at }) => ({
      id,
      provider,
      name: 'Google',
      issuer,
      subject,
      label,
      createdAt: iso(created_at),
      removalRequest: { effectiveAt: iso(removal_requests?.find(({ target }) => target === id)?.['effective_at']) },
    })),
    passkeys: passkeys?.map(({ id, name, credential_id, is_backed_up, created_at, last_used_at }) => ({
      id,
      name,
      credentialId: credential_id,
      keptBy: null,
      isBackedUp: is_backed_up === 1,
      createdAt: iso(created_at),
      lastUsedAt: iso(last_used_at),
      removalRequest: null,
    })),
    removalRequests: removal_requests?.map(({ target, effective_at, stamp }) => ({
      target,
      effectiveAt: iso(effective_at),
      isOpen: stamp === users?.[0]?.['proof_stamp'],
    })),
    pastIdentifiers: past_identifiers?.map(({ changed, username, email, phone, changed_at }) => ({
      changed,
      username,
      email,
      phone,
      changedAt: iso(changed_at),
    })),
    calendarFeed: { createdAt: iso(calendar_feeds?.[0]?.['created_at']) },
    passwordFailures: log_in_throttle?.map((row) => ({
      failures: row['failures'],
      lastFailureAt: iso(row['last_failure_at']),
    })),
    lists: lists?.map(({ id, name, created_at, updated_at, version }) => ({
      id,
      name,
      position: defaultPosition(Number(created_at)),
      createdAt: iso(created_at),
      updatedAt: iso(updated_at),
      version,
    })),
    todoUsage: {
      rows: todos?.length,
      bytes: bytesOf(todos ?? []),
      searches: todo_searches?.flatMap(({ times }) => JSON.parse(String(times)).map(iso)),
    },
    todos: todos
      ?.toSorted((a, b) => Number(a['seq']) - Number(b['seq']))
      .map((row) => ({
        id: row['id'],
        contents: row['contents'],
        description: row['description'],
        priority: ['none', 'low', 'medium', 'high', 'urgent'][Number(row['priority'])],
        isDone: row['completed_at'] !== null,
        labels: JSON.parse(String(row['labels'])),
        // The to-dos of this test are due at times, in UTC.
        due: row['due_at'] === null ? null : `${iso(row['due_at'])?.replace('.000Z', '')}[UTC]`,
        dueAt: iso(row['due_at']),
        recurrence: row['recurrence'],
        parentId: row['parent_id'],
        listId: row['list_id'],
        position: row['position'] ?? `i${Number(row['created_at']).toString(16)}i`,
        completedAt: iso(row['completed_at']),
        createdAt: iso(row['created_at']),
        updatedAt: iso(row['updated_at']),
        version: row['version'],
        deletedAt: iso(row['deleted_at']),
      })),
  }
}

beforeEach(() => {
  setClock(NOON)
})

describe('the data export', () => {
  /** Alice and Bob, both with rows in every table about a user. */
  async function useBothAccounts(): Promise<{ owner: Person; bob: Person }> {
    const owner = await alice()
    const bob = await signUpWithContacts('bob', ['bob@example.com'])
    for (const { client, username } of [owner, bob]) {
      advanceClock(1000)
      await client.patch('/users/me', { name: `Name of ${username}`, nickname: 'N', timeZone: 'Asia/Seoul' })
      await logIn(username, device({ userAgent: SAFARI, country: 'FR' }))
      const todo = { contents: `To-do of ${username}`, description: '"\\\n 할 일', labels: ['a', '🦊'], isDone: true }
      await client.post('/todos', { ...todo, dueAt: '2026-12-24T18:00:00+09:00', priority: 'urgent' })
      const { body: deleted } = await client.post<Todo>('/todos', { contents: `Another of ${username}` })
      await client.delete(`/todos/${deleted.id}`)
      await client.post('/lists', { name: `List of ${username}` })
      await client.get('/todos?q=to-do')
      await client.post('/auth/log-in', { identifier: username, password: WRONG })
      await client.delete('/auth/sessions', { currentPassword: WRONG })
      await askForCode(device({ userAgent: CURL }), codeRequest(`${username}@example.com`, 'verify'))
      const identity = identityOf(`subject-of-${username}`, { label: `${username}@gmail.com` })
      await client.post('/users/me/identities', { linkToken: await linkTokenFor(identity) })
      await addPasskey({ client }, new Authenticator(), `Key of ${username}`)
      await client.post('/users/me/calendar-feed')
    }
    const verificationToken = await verificationTokenFor({ channel: 'email', to: 'new@example.com' })
    await owner.client.put('/users/me/email', { verificationToken })
    await settleBackground()
    return { owner, bob }
  }

  it('contains everything stored about the user, and nothing about others', async () => {
    const { owner, bob } = await useBothAccounts()
    const mine = (await rowsOf('identities')).find((row) => row['user_id'] === owner.user.id)
    await prepareRequest(owner, String(mine?.['id']))
    advanceClock(1000)
    const { status, body, text } = await exportOf(owner)
    expect(status).toBe(200)

    const { id } = owner.user
    const tables = Object.entries(await dump()).map(([name, rows]) => [
      name,
      rows.filter((row) => JSON.stringify(row).includes(id)),
    ])
    const {
      users,
      sessions,
      activity,
      todos,
      todo_searches,
      lists,
      log_in_throttle,
      identities,
      passkeys,
      removal_requests,
      past_identifiers,
      calendar_feeds,
      ...others
    }: Record<string, Row[]> = Object.fromEntries(tables)
    expect(Object.values(others).flat()).toEqual([])
    const about = { users, sessions, activity, todos, todo_searches, lists, log_in_throttle }
    const own = { ...about, identities, passkeys, removal_requests, past_identifiers, calendar_feeds }
    expect(Object.values(own).map((rows) => rows?.length)).toEqual([1, 2, 11, 2, 1, 1, 2, 1, 1, 1, 1, 1])
    expect(body).toEqual({
      exportedAt: iso(NOON + 3000),
      secondFactor: null,
      ...exportOfRows(own, owner),
    })
    expect(text).not.toMatch(/pbkdf2|generation|passwordHash|password_|passwordVersion|public|aaguid|token/i)
    for (const foreign of [bob.user.id, bob.session.id, 'bob']) expect(text).not.toContain(foreign)
  })

  it('matches its schema, for a full account and for an empty one', async () => {
    const { document, operations } = await readDocument()
    const operation = operations.find(({ operationId }) => operationId === 'exportMe')
    const schema = operation?.responses['200']?.content?.['application/json']?.schema ?? { not: {} }
    const { owner } = await useBothAccounts()
    const nobody = await signUp('carol')
    const empty = await exportOf(nobody)
    expect(empty.body).toMatchObject({
      todos: [],
      lists: [],
      todoUsage: { rows: 0, bytes: 0, searches: [] },
      passwordFailures: [],
      identities: [],
      passkeys: [],
      removalRequests: [],
    })
    for (const { body } of [await exportOf(owner), empty]) {
      expect(compileSchema(document, schema).safeParse(body).error).toBeUndefined()
    }
  })

  it('is a file named after the day, and is not cached', async () => {
    const { headers } = await exportOf(await alice())
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/json',
      'content-disposition': 'attachment; filename="latchkey-2026-12-01.json"',
      'cache-control': 'no-store',
    })
  })

  it('streams to-dos a page at a time', async () => {
    const owner = await alice()
    await addTodos(owner, 1250)
    const { DB, KV, start, cost } = recordingBindings()
    start()
    const { parts, broken } = await readParts((await stream(owner, { DB, KV })).body)
    expect(broken).toBe(false)
    const { todos }: Exported = JSON.parse(parts.join(''))
    expect(todos.map(({ contents }) => contents)).toEqual(Array.from({ length: 1250 }, (_, n) => `To-do ${n + 1}`))
    // One call for all but the lists, one for a page of activity, and seven for pages of to-dos.
    expect(cost()).toMatchObject({ d1: 9, kv: 0 })
    expect(parts.length).toBeGreaterThanOrEqual(4)
    for (const part of parts) expect(part.length).toBeLessThan(200_000)
  })

  it('is complete when the to-dos fill exactly one or two pages', async () => {
    for (const [name, count] of [
      ['alice', 200],
      ['bob', 400],
    ] as const) {
      const owner = await signUp(name)
      await env.DB.prepare('DELETE FROM todos').run()
      await addTodos(owner, count)
      expect((await exportOf(owner)).body.todos).toHaveLength(count)
    }
  })

  it('breaks off when D1 fails on the way, so that it is no valid JSON', async () => {
    const owner = await alice()
    await addTodos(owner, 1250)
    let pages = 0
    const { DB } = breakableD1((sql) => sql.includes('"todos"."seq" >') && ++pages === 3)
    const response = await stream(owner, { DB })
    expect(response.status).toBe(200)
    const { parts, broken } = await readParts(response.body)
    expect(broken).toBe(true)
    const text = parts.join('')
    expect(text).toContain('To-do 400"')
    expect(text).not.toContain('To-do 401"')
    expect(() => JSON.parse(text)).toThrow(SyntaxError)
    expect(text).not.toMatch(/error|D1/)
    expect((await stream(owner, { DB })).status).toBe(503)
  })

  it('is refused to a session that has ended, and nothing is recorded', async () => {
    const owner = await alice()
    const copy = await env.KV.get(`session:${owner.session.id}`)
    const other = await logIn('alice', device())
    await other.client.delete(`/auth/sessions/${owner.session.id}`)
    await env.KV.put(`session:${owner.session.id}`, copy ?? '')
    const { status, body } = await expectNoChanges(() => exportOf(owner))
    expect({ status, body }).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    expect((await exportOf(other)).status).toBe(200)
  })

  it('is limited by IP address before D1 is asked', async () => {
    const owner = await alice()
    const { DB, KV, start, cost } = recordingBindings()
    const { ADDRESS_LIMIT, keys } = recordingLimit(false)
    const headers = { Authorization: `Bearer ${accessTokenOf(owner)}`, 'CF-Connecting-IP': '192.0.2.7' }
    const client = device({ headers, bindings: { DB, KV, ADDRESS_LIMIT } })
    start()
    expect(await exportOf({ client })).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    expect(cost()).toMatchObject({ d1: 0, kv: 0 })
    expect(keys).toEqual(['192.0.2.7'])
  })
})

describe('an export', () => {
  const count = async () =>
    (await env.DB.prepare("SELECT count(*) AS n FROM activity WHERE event = 'export'").first<number>('n')) ?? -1

  it('is not counted or given when another site asks with the cookie', async () => {
    const { client } = await signUp('alice')
    const foreign: Record<string, string>[] = [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { Origin: 'https://evil.example' },
    ]
    for (const headers of foreign) {
      const { status, body } = await client.get('/users/me/export', { headers })
      expect({ status, code: body.code }).toEqual({ status: 403, code: 'cross_site_request' })
    }
    expect(await count()).toBe(0)
    const own: Record<string, string>[] = [
      {},
      { 'Sec-Fetch-Site': 'same-origin' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://app.example.com' },
    ]
    for (const headers of own) expect((await client.get('/users/me/export', { headers })).status).toBe(200)
    expect(await count()).toBe(own.length)
  })

  it('is not counted when only its head is asked for, which an ended session does not get', async () => {
    const { client, session } = await signUp('alice')
    const head = () => client.request('HEAD', '/users/me/export')
    for (let tries = 0; tries < 11; tries++) {
      const { status, headers } = await expectNoChanges(head)
      expect({ status, type: headers.get('Content-Type') }).toEqual({ status: 200, type: 'application/json' })
    }
    expect((await client.get('/users/me/export')).status).toBe(200)
    await env.DB.prepare('DELETE FROM sessions WHERE id = ?').bind(session.id).run()
    expect((await head()).status).toBe(401)
  })
})
