import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { D1_LIMIT_MS } from '../../src/db/client'
import { readD1Error } from '../../src/db/d1-errors'
import { aliceAndBob } from '../helpers/alice-and-bob'
import { losingD1 } from '../helpers/bindings'
import { clientOf } from '../helpers/client'
import { logLines } from '../helpers/log-lines'
import { send, validRequests } from '../helpers/requests'
import { someOf } from '../helpers/some-of'
import { expectChangesOnlyIn } from '../helpers/storage'
import { withShortDeadline } from '../http/deadlines'

const LOST = 'D1_ERROR: Network connection lost.'
const OVERLOADED = 'D1_ERROR: D1 DB is overloaded. Too many requests queued.'

const { alice } = aliceAndBob()

/** Alice's valid request of an operation, while D1 loses its answers to these calls. */
async function askWhileLosing(
  operationId: string,
  messages: string[],
  difference: { headers?: object; body?: object } = {},
) {
  const request = validRequests[operationId]
  if (!request) throw new Error(`There is no operation ${operationId}`)
  const owner = alice()
  await request.prepare?.(owner)
  const { DB, calls } = losingD1(messages)
  const client = clientOf({ DB })
  for (const [name, value] of owner.client.cookies) client.cookies.set(name, value)
  const answer = await send({ ...request, headers: { ...request.headers, ...difference.headers } }, owner, {
    client,
    ...(difference.body && { body: difference.body }),
  })
  return { ...answer, calls: calls() }
}

const count = async (sql: string): Promise<number> => (await env.DB.prepare(sql).first<number>('n')) ?? -1

describe('when D1 loses the answer', () => {
  const reads = Object.entries(validRequests).filter(
    ([id, { method, needsUser }]) => method === 'GET' && needsUser && !['exportMe', 'getSession'].includes(id),
  )

  it.each(
    someOf(
      reads.map(([id]) => id),
      5,
    ),
  )('a read is asked again: %s', async (id) => {
    const { status, calls } = await askWhileLosing(id, [LOST])
    expect({ status, again: calls > 1 }).toEqual({ status: 200, again: true })
  })

  it('a refresh is done once and answered', async () => {
    const { status, calls } = await askWhileLosing('refresh', [LOST])
    expect({ status, calls }).toEqual({ status: 200, calls: 2 })
    const isRotated = 'SELECT count(*) AS n FROM sessions JOIN users ON users.id = user_id WHERE generation = 1'
    expect(await count(`${isRotated} AND username = 'alice'`)).toBe(1)
    expect(await count("SELECT count(*) AS n FROM activity WHERE event = 'refresh_reused'")).toBe(0)
  })

  it('a log-out is done once and answered', async () => {
    const { status, calls } = await askWhileLosing('logOut', [LOST])
    expect({ status, calls }).toEqual({ status: 204, calls: 2 })
    expect(await count("SELECT count(*) AS n FROM activity WHERE event = 'session_ended'")).toBe(1)
  })

  const operations = [{ op: 'create', todo: { contents: 'Buy bread' } }]
  // Without a key, the third try finds that it was done, and the fourth call reads it.
  const creations: [string, calls: number, string, { headers?: object; body?: object }][] = [
    ['a to-do', 4, 'createTodo', {}],
    ['a to-do with an Idempotency-Key', 3, 'createTodo', { headers: { 'Idempotency-Key': 'k' } }],
    ['a batch of new to-dos', 4, 'batchTodos', { body: { operations } }],
    ['such a batch with a key', 3, 'batchTodos', { body: { operations }, headers: { 'Idempotency-Key': 'k' } }],
  ]
  it.each(creations)('%s is made once and answered', async (_, times, operationId, difference) => {
    const { status, calls, body, headers } = await askWhileLosing(operationId, [LOST, LOST], difference)
    expect({ status, calls }).toEqual({ status: operationId === 'createTodo' ? 201 : 200, calls: times })
    expect(JSON.stringify(body)).toContain('"version":1')
    expect(headers.has('Idempotent-Replayed')).toBe(false)
    expect(await count("SELECT count(*) AS n FROM todos WHERE contents = 'Buy bread' AND version = 1")).toBe(1)
  })

  it('a list is made once and answered', async () => {
    const { status, calls, body } = await askWhileLosing('createList', [LOST, LOST])
    expect({ status, calls, body }).toMatchObject({ status: 201, calls: 3, body: { version: 1 } })
    expect(await count("SELECT count(*) AS n FROM lists WHERE name = 'Groceries' AND version = 1")).toBe(1)
  })

  const restorations: [string, string, { body?: (id: string) => object }][] = [
    ['a to-do', 'restoreTodo', {}],
    ['a batch', 'batchTodos', { body: (id) => ({ operations: [{ op: 'restore', id }] }) }],
  ]
  it.each(restorations)('is restored once and answered: %s', async (_, operationId, { body: bodyFor }) => {
    const { client, todo } = alice()
    expect((await client.delete(`/todos/${todo.id}`)).status).toBe(204)
    const difference = bodyFor && { body: bodyFor(todo.id) }
    // `restoreTodo` deletes the to-do by itself, unless it is deleted already.
    const { status, calls, body } = await askWhileLosing(operationId, [LOST, LOST], difference)
    expect({ status, calls }).toEqual({ status: 200, calls: 3 })
    expect(JSON.stringify(body)).toContain('"version":3')
    expect(await count("SELECT version AS n FROM todos WHERE contents = 'A to-do of alice'")).toBe(3)
  })

  const repeated = ['refresh', 'logOut', 'createTodo', 'restoreTodo', 'createList', 'getAvailability']
  // It asks D1 nothing.
  const withoutD1 = ['beginPasskeyLogIn']
  const others = Object.entries(validRequests).filter(
    ([id, { method }]) => method !== 'GET' && ![...repeated, ...withoutD1].includes(id),
  )
  it.each(
    someOf(
      others.map(([id]) => id),
      3,
    ),
  )('what cannot tell whether it was done is not done again: %s', async (id) => {
    const { status, body, headers } = await askWhileLosing(id, Array(9).fill(LOST))
    expect({ status, code: body.code, after: headers.get('Retry-After') }).toEqual({
      status: 503,
      code: 'unavailable',
      after: '1',
    })
  })

  it('an update is not sent twice', async () => {
    const { status, calls } = await askWhileLosing('updateTodo', [LOST])
    expect({ status, calls }).toEqual({ status: 503, calls: 1 })
    expect(await count("SELECT version AS n FROM todos WHERE contents = 'Buy bread'")).toBe(2)
  })
})

describe('D1 that stays as it is', () => {
  it('is asked three times, each counted, and the client comes back later', async () => {
    const { DB } = losingD1([OVERLOADED, OVERLOADED, OVERLOADED], { takesEffect: false })
    const client = clientOf({ DB })
    for (const [name, value] of alice().client.cookies) client.cookies.set(name, value)
    const { lines } = await logLines(async () => {
      const { status, headers } = await expectChangesOnlyIn([], () => client.get('/auth/sessions'))
      expect({ status, after: headers.get('Retry-After') }).toEqual({ status: 503, after: '5' })
    })
    expect(lines.find(({ event }) => event === 'request')).toMatchObject({ d1: 3, code: 'unavailable' })
  })

  it('is not asked again once the five seconds are over', async () => {
    const { status, calls } = await withShortDeadline(D1_LIMIT_MS, () => askWhileLosing('listSessions', [LOST]))
    expect(status).toBe(503)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(calls).toBe(1)
  })

  it('is not asked again after an error that does not pass', async () => {
    const { status, calls } = await askWhileLosing('listSessions', ['D1_ERROR: no such table: users: SQLITE_ERROR'])
    expect({ status, calls }).toEqual({ status: 503, calls: 1 })
  })
})

describe('the log', () => {
  const told: [message: string, text: string][] = [
    [LOST, 'Network connection lost'],
    ['D1_ERROR: no such table: users: SQLITE_ERROR', 'no such table: users'],
    ['D1_ERROR: UNIQUE constraint failed: users.email: SQLITE_CONSTRAINT', 'UNIQUE constraint failed: users.email'],
    [
      "D1_ERROR: Your account has exceeded D1's free tier daily row read limit. Upgrade to a paid plan.",
      "exceeded D1's free tier daily row read limit",
    ],
    ['D1_ERROR: near "alice@example.com": syntax error', 'unknown'],
  ]
  it.each(told)('says what D1 said, without values: %s', async (message, text) => {
    const { lines, text: all } = await logLines(() => askWhileLosing('updateTodo', [message]))
    expect(lines.filter(({ level, event }) => level === 'error' && event === undefined)).toEqual([
      expect.objectContaining({ code: 'unavailable', d1: text }),
    ])
    expect(all).not.toContain('alice@example.com')
  })
})

describe('what D1 says', () => {
  const meanings: [message: string, kind: string | null][] = [
    ['D1_ERROR: Network connection lost.', 'lost'],
    ['D1_ERROR: Internal error in D1 DB storage caused object to be reset.', 'lost'],
    ['D1_ERROR: Internal error while starting up D1 DB storage caused object to be reset.', 'lost'],
    ['D1_ERROR: D1 DB reset because its code was updated.', 'lost'],
    ['D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.', 'lost'],
    ['D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.', 'lost'],
    ['D1_ERROR: Replica disconnected from primary.', 'lost'],
    ["D1_ERROR: Can't read from request stream because client disconnected.", 'lost'],
    ['D1_ERROR: D1 DB is overloaded. Requests queued for too long.', 'overloaded'],
    ['D1_ERROR: D1 DB is overloaded. Too many requests queued.', 'overloaded'],
    ['D1_ERROR: Exceeded maximum DB size.', 'lasting'],
    ["D1_ERROR: D1 DB's isolate exceeded its memory limit and was reset.", 'lasting'],
    ['D1_ERROR: D1 DB exceeded its CPU time limit and was reset.', 'lasting'],
    ["D1_ERROR: Your account has exceeded D1's free tier daily row write limit. Upgrade to a paid plan.", 'lasting'],
    ['D1_ERROR: UNIQUE constraint failed: users.email: SQLITE_CONSTRAINT', 'lasting'],
    ['Network connection lost.', null],
  ]
  it.each(meanings)('means: %s', (message, kind) => {
    expect(readD1Error(new Error('outer', { cause: new Error(message) }))?.kind ?? null).toBe(kind)
  })

  it('never brings a value along', () => {
    const values = ['D1_ERROR: UNIQUE constraint failed: insert into "users" values (secret)', 'D1_ERROR: secret']
    for (const message of values) expect(readD1Error(new Error(message))?.text).not.toContain('secret')
  })
})
