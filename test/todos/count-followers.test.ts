import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { MAX_FOLLOWERS } from '../../src/limits'
import { INCLUDED_FOLLOWERS } from '../../src/todos/count-followers'
import type { Todo } from '../../src/todos/schemas'
import { type Client, clientOf, type ProblemBody } from '../helpers/client'
import { type Person, signUp } from '../helpers/people'
import { expectNoChanges } from '../helpers/storage'
import { importText } from './import/import-file'

/** How many changes and batches were counted, and how many may still be. */
const counted = { writes: 0, batches: 0 }
const left = { writes: 0, batches: 0 }
const limiter = (name: 'writes' | 'batches') => ({ limit: async () => ({ success: ++counted[name] <= left[name] }) })

let alice: Person
let client: Client

beforeEach(async () => {
  Object.assign(left, { writes: 10_000, batches: 10_000 })
  alice = await signUp('alice', clientOf({ WRITE_LIMIT: limiter('writes'), BATCH_LIMIT: limiter('batches') }))
  client = alice.client
  Object.assign(counted, { writes: 0, batches: 0 })
})

const idOf = (n: number) => `01a23179-de00-7000-8000-${String(n).padStart(12, '0')}`

/** To-dos with so many subtasks each. The ids of the to-dos come first. */
const families = (parents: number, subtasks: number) =>
  env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?2 * (?3 + 1) - 1)
     INSERT INTO todos (id, user_id, contents, labels, priority, created_at, updated_at, version, seq, total_rows, total_bytes, parent_id)
     SELECT printf('01a23179-de00-7000-8000-%012d', i), ?1, 'x', '[]', 0, i, i, 1, i + 1, ?2 * (?3 + 1), 3 * ?2 * (?3 + 1),
       iif(i < ?2, NULL, printf('01a23179-de00-7000-8000-%012d', i % ?2)) FROM n`,
  )
    .bind(alice.user.id, parents, subtasks)
    .run()

const complete = (n: number) => client.patch<Todo & ProblemBody>(`/todos/${idOf(n)}`, { isDone: true })
const completeAll = (parents: number, headers = {}) =>
  client.post<ProblemBody>(
    '/todos/batch',
    { operations: Array.from({ length: parents }, (_, n) => ({ op: 'update', id: idOf(n), patch: { isDone: true } })) },
    { headers },
  )
const doneCount = () => env.DB.prepare('SELECT count(*) AS n FROM todos WHERE completed_at IS NOT NULL').first('n')

describe('what changes because a to-do does', () => {
  it.each([
    [INCLUDED_FOLLOWERS, 1],
    [INCLUDED_FOLLOWERS + 1, 1 + 3],
    [100, 1 + 10],
  ])('counts as changes if it is much: %d subtasks are %d', async (subtasks, writes) => {
    await families(1, subtasks)
    expect((await complete(0)).status).toBe(200)
    expect([counted.writes, await doneCount()]).toEqual([writes, subtasks + 1])
  })

  it('is not done where that is too many changes for a minute', async () => {
    await families(1, 100)
    left.writes = 10
    const { status, body } = await expectNoChanges(() => complete(0))
    expect([status, body.code]).toEqual([429, 'rate_limited'])
  })

  it.each([{}, { 'Idempotency-Key': 'k' }])('is at most 500 to-dos at once: %j', async (headers) => {
    await families(10, 51)
    const { status, body } = await expectNoChanges(() => completeAll(10, headers))
    expect([status, body.code, body.detail]).toEqual([
      413,
      'content_too_large',
      'More than 500 subtasks and next ones would change at once. Send fewer operations.',
    ])
    expect((await completeAll(9, headers)).status).toBe(200)
    expect(await doneCount()).toBe(9 * 52)
  })

  it('is as few for to-dos that come again with their subtasks', async () => {
    await families(10, 51)
    await env.DB.prepare(
      `UPDATE todos SET due_at = ${Date.parse('2026-12-24') - 1}, recurrence = 'FREQ=DAILY' WHERE parent_id IS NULL`,
    ).run()
    const { status, body } = await expectNoChanges(() => completeAll(10))
    expect([status, body.code]).toEqual([413, 'content_too_large'])
    // Each subtask is completed and made anew, and there is the next one itself.
    expect((await completeAll(4)).status).toBe(200)
    expect(counted.writes).toBe(Math.ceil((4 * (51 + 52)) / 10))
  })

  it('may be exactly as many, and is done once for a key', async () => {
    await families(5, MAX_FOLLOWERS / 5)
    const key = { 'Idempotency-Key': 'k' }
    expect((await completeAll(5, key)).status).toBe(200)
    expect([counted.writes, await doneCount()]).toEqual([50, 505])
    const again = await completeAll(5, key)
    expect([again.status, again.headers.get('Idempotent-Replayed'), counted.writes]).toEqual([200, 'true', 50])
  })

  it('counts before it is written, so that many requests at once cannot do more', async () => {
    await families(20, 100)
    left.writes = 20 + 35
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => complete(n)))
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(3)
    expect(await doneCount()).toBeLessThanOrEqual(3 * 101)
  })
})

describe('an import', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, n) => `to-do ${n}`).join('\n')

  it.each([
    [999, 1],
    [1000, 2],
  ])('of %d to-dos counts as %d', async (count, batches) => {
    expect((await importText(client, lines(count))).status).toBe(200)
    expect(counted.batches).toBe(batches)
  })

  it('counts as one where it only says what would happen', async () => {
    await importText(client, lines(1000), { dryRun: true })
    expect(counted.batches).toBe(1)
  })

  it('writes nothing where it is too many batches for a minute', async () => {
    left.batches = 1
    const { status, body } = await expectNoChanges(() => importText(client, lines(1000)))
    expect([status, body.code]).toEqual([429, 'rate_limited'])
  })
})
