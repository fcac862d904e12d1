import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, inject, it } from 'vitest'
import { openDb } from '../../src/db/client'
import { purgeTombstones } from '../../src/todos/purge-tombstones'
import type { Todo } from '../../src/todos/schemas'
import { noLimit } from '../helpers/bindings'
import { type Client, clientOf, withBindings } from '../helpers/client'
import { signUp, tally, together } from '../helpers/people'
import { expectNoChanges } from '../helpers/storage'
import { countsOf, recount } from './counts'
import { idOf } from './pages'

/* How many to-dos a user may have, and how many bytes of text. */

const settingsOf = ({ rows, bytes }: { rows?: number; bytes?: number }) => ({
  ...(rows !== undefined && { TODO_QUOTA_ROWS: String(rows) }),
  ...(bytes !== undefined && { TODO_QUOTA_BYTES: String(bytes) }),
  WRITE_LIMIT: noLimit,
  BATCH_LIMIT: noLimit,
})

const aliceWith = (quota: { rows?: number; bytes?: number }) => signUp('alice', clientOf(settingsOf(quota)))

const withQuota = (client: Client, quota: { rows?: number; bytes?: number }): Client =>
  withBindings(client, settingsOf(quota))

const make = async (client: Client, todo: object = { contents: 'x' }) => (await client.post<Todo>('/todos', todo)).body
const batch = (client: Client, operations: object[]) => client.post('/todos/batch', { operations })
const creates = (length: number, todo: object = { contents: 'x' }) =>
  Array.from({ length }, () => ({ op: 'create', todo }))

/** `x` and no labels: one byte and the two of `[]`. */
const SMALLEST = 3

const purge = (limit = 1000) => purgeTombstones(openDb(env.DB, 'first-primary'), Date.now(), limit)

const TOO_MANY_TODOS = (most: number) => ({ path: '', code: 'too_many_todos', message: `At most ${most} to-dos` })
const TOO_MANY_BYTES = (most: number) => ({
  path: '',
  code: 'too_many_bytes',
  message: `At most ${most} bytes of text`,
})

describe('the quota of to-dos', () => {
  it('is kept to the row, and tombstones count', async () => {
    const { client } = await aliceWith({ rows: 3 })
    const todos = [await make(client), await make(client), await make(client)]
    const refuse = async (act: () => ReturnType<Client['post']>) => {
      const { status, body } = await expectNoChanges(act)
      expect({ status, body }).toMatchObject({
        status: 403,
        body: {
          code: 'quota_exceeded',
          detail: 'At most 3 to-dos. A deleted to-do counts for 30 days.',
          errors: [TOO_MANY_TODOS(3)],
        },
      })
    }
    const all = async () => {
      await refuse(() => client.post('/todos', { contents: 'x' }))
      await refuse(() => client.post('/todos', { contents: 'x' }, { headers: { 'Idempotency-Key': 'k' } }))
      await refuse(() => client.put(`/todos/${uuidv7()}`, { contents: 'x' }))
      await refuse(() => batch(client, creates(1)))
      await refuse(() => batch(client, [{ op: 'delete', id: todos[1]?.id }, ...creates(1)]))
    }
    await all()
    expect((await client.delete(`/todos/${todos[0]?.id}`)).status).toBe(204)
    await all()
    expect(await purge()).toBe(1)
    expect((await batch(client, creates(2))).status).toBe(403)
    expect((await batch(client, creates(1))).status).toBe(200)
    await refuse(() => client.post('/todos', { contents: 'x' }))
  })

  it('has room for what is there already: it can be changed, replaced, deleted, restored and put again', async () => {
    const { client, user } = await aliceWith({ rows: 1 })
    const path = `/todos/${(await make(client)).id}`
    const before = await countsOf(user.id)
    expect((await client.patch(path, { isDone: true, contents: 'y' })).status).toBe(200)
    expect((await client.put(path, { contents: 'z' })).status).toBe(200)
    expect((await client.delete(path)).status).toBe(204)
    expect((await client.post(`${path}/restore`)).status).toBe(200)
    expect((await client.delete(path)).status).toBe(204)
    expect((await client.put(path, { contents: 'z' })).status).toBe(201)
    expect(await countsOf(user.id)).toEqual(before)
  })

  it('is 50,000 to-dos and 20 MB unless it is set', async () => {
    const { client, user } = await signUp('alice')
    await make(client)
    const fill = (counts: object) =>
      env.DB.prepare('UPDATE todos SET total_rows = ?, total_bytes = ? WHERE user_id = ?')
        .bind(...Object.values(counts), user.id)
        .run()
    for (const [counts, status] of [
      [{ rows: 49_999, bytes: 0 }, 201],
      [{ rows: 50_000, bytes: 0 }, 403],
      [{ rows: 0, bytes: 20_000_000 - SMALLEST }, 201],
      [{ rows: 0, bytes: 20_000_000 - SMALLEST + 1 }, 403],
    ] as const) {
      await fill(counts)
      expect({ counts, status: (await client.post('/todos', { contents: 'x' })).status }).toEqual({ counts, status })
    }
  })

  it('is the user’s own', async () => {
    const { client: alice } = await aliceWith({ rows: 1 })
    const { client: bob } = await signUp('bob', clientOf(settingsOf({ rows: 1 })))
    for (const client of [alice, bob]) {
      expect((await client.post('/todos', { contents: 'x' })).status).toBe(201)
      expect((await client.post('/todos', { contents: 'x' })).status).toBe(403)
    }
  })
})

describe('the quota of bytes', () => {
  const texts = { contents: '우유 "1"\n', description: '🥛é', labels: ['집', 'a"\\b\u0001'] }
  const length = (text: string) => new TextEncoder().encode(text).byteLength
  const bytes = length(texts.contents) + length(texts.description) + length(JSON.stringify(texts.labels))

  it('counts contents, description and labels in UTF-8, to the byte', async () => {
    const { client, user } = await aliceWith({ bytes })
    expect((await client.post('/todos', texts)).status).toBe(201)
    expect(await countsOf(user.id)).toEqual({ rows: 1, bytes })
    const refused = await expectNoChanges(() => client.post('/todos', { contents: 'x' }))
    expect(refused).toMatchObject({
      status: 403,
      body: {
        detail: `At most ${bytes} bytes of text. A deleted to-do counts for 30 days.`,
        errors: [TOO_MANY_BYTES(bytes)],
      },
    })
    const tighter = withQuota((await signUp('bob')).client, { bytes: bytes - 1 })
    expect((await expectNoChanges(() => tighter.post('/todos', texts))).status).toBe(403)
  })

  it('lets every change through that does not make it more, also above the quota', async () => {
    const { client, user } = await aliceWith({})
    const [todo, other] = [await make(client, texts), await make(client, texts)]
    const full = withQuota(client, { rows: 1, bytes: bytes + 1 })
    const path = `/todos/${todo.id}`
    const refuse = async (act: () => ReturnType<Client['patch']>) =>
      expect(await expectNoChanges(act)).toMatchObject({ status: 403, body: { errors: [TOO_MANY_BYTES(bytes + 1)] } })
    await refuse(() => full.patch(path, { contents: `${texts.contents}!` }))
    await refuse(() => full.patch(path, { labels: [...texts.labels, 'b'] }))
    await refuse(() => full.put(path, { ...texts, description: `${texts.description}!` }))
    await refuse(() =>
      batch(full, [
        { op: 'update', id: todo.id, patch: { contents: '1' } },
        { op: 'update', id: other.id, patch: { description: '2'.repeat(bytes) } },
      ]),
    )
    const passing: [act: () => ReturnType<Client['patch']>, status: number][] = [
      [() => full.patch(path, { isDone: true, priority: 'high', dueAt: '2026-12-24T18:00:00Z' }), 200],
      [() => full.patch(path, { contents: texts.contents.replace('유', '수') }), 200],
      [() => full.put(path, texts), 200],
      [() => full.delete(path), 204],
      [() => full.post(`${path}/restore`), 200],
      [() => full.patch(path, { description: null }), 200],
      [
        () =>
          batch(full, [
            { op: 'update', id: todo.id, patch: { description: 'ab' } },
            { op: 'update', id: other.id, patch: { description: null } },
          ]),
        200,
      ],
      [() => full.patch(path, { labels: [] }), 200],
      [() => full.put(path, { contents: 'x' }), 200],
    ]
    let before = await countsOf(user.id)
    for (const [act, status] of passing) {
      const answer = await act()
      expect({ status: answer.status, body: answer.body }).toMatchObject({ status })
      const after = await countsOf(user.id)
      expect(after).toEqual(await recount(user.id))
      expect(after.bytes).toBeLessThanOrEqual(before.bytes)
      before = after
    }
  })

  it('is told with the other one where both are over', async () => {
    const { client } = await aliceWith({ rows: 1, bytes: SMALLEST })
    await make(client)
    const { status, body } = await client.post('/todos', { contents: 'x' })
    expect({ status, detail: body.detail, errors: body.errors }).toEqual({
      status: 403,
      detail: `At most 1 to-dos. At most ${SMALLEST} bytes of text. A deleted to-do counts for 30 days.`,
      errors: [TOO_MANY_TODOS(1), TOO_MANY_BYTES(SMALLEST)],
    })
  })

  it('comes after what is wrong with an operation', async () => {
    const { client } = await aliceWith({ rows: 1 })
    const todo = await make(client)
    const { status, body } = await batch(client, [
      ...creates(1),
      { op: 'update', id: todo.id, patch: {}, ifMatch: '"2"' },
    ])
    expect({ status, code: body.code }).toEqual({ status: 412, code: 'precondition_failed' })
  })
})

describe('of 50 at once at the edge of the quota', () => {
  it('exactly those that fit are made', async () => {
    const { client, user } = await aliceWith({ rows: 30 })
    await batch(client, creates(10))
    const answers = await together(50, () => client.post('/todos', { contents: 'x' }))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 201: 20, 403: 30 })
    expect(await countsOf(user.id)).toEqual({ rows: 30, bytes: 30 * SMALLEST })
    expect(await recount(user.id)).toEqual({ rows: 30, bytes: 30 * SMALLEST })
  })

  it('exactly those whose bytes fit are made longer', async () => {
    const { client, user } = await aliceWith({ bytes: 50 * SMALLEST + 20 })
    const ids = Array.from({ length: 50 }, (_, n) => idOf(n))
    await batch(
      client,
      ids.map((id) => ({ op: 'put', id, todo: { contents: 'x' } })),
    )
    const answers = await Promise.all(ids.map((id) => client.patch(`/todos/${id}`, { contents: 'xx' })))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 20, 403: 30 })
    expect(await countsOf(user.id)).toEqual(await recount(user.id))
  })

  it('batches are done whole or not at all', async () => {
    const { client, user } = await aliceWith({ rows: 20 })
    const answers = await together(50, () => batch(client, creates(3)))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 6, 403: 44 })
    expect(await countsOf(user.id)).toEqual({ rows: 18, bytes: 18 * SMALLEST })
    expect(await recount(user.id)).toEqual({ rows: 18, bytes: 18 * SMALLEST })
  })

  it('repeated requests make one, and are answered with it though there is no more room', async () => {
    const { client, user } = await aliceWith({ rows: 1 })
    const headers = { 'Idempotency-Key': 'k' }
    const answers = await together(50, () => client.post<Todo>('/todos', { contents: 'x' }, { headers }))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 201: 50 })
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    expect(await countsOf(user.id)).toEqual({ rows: 1, bytes: SMALLEST })
  })
})

describe('the counts', () => {
  it('go down with the tombstones that are purged, batch by batch, for all users', async () => {
    const people = [await aliceWith({}), await signUp('bob')]
    for (const [index, { client }] of people.entries()) {
      const todos = [await make(client, { contents: '우유' }), await make(client), await make(client)]
      for (const { id } of todos.slice(index)) await client.delete(`/todos/${id}`)
    }
    for (const removed of [2, 2, 1, 0]) {
      expect(await purge(2)).toBe(removed)
      for (const { user } of people) expect(await countsOf(user.id)).toEqual(await recount(user.id))
    }
    expect(await Promise.all(people.map(({ user }) => countsOf(user.id)))).toEqual([
      { rows: 0, bytes: 0 },
      { rows: 1, bytes: 8 },
    ])
  })

  it('pass from the newest to-do that is purged to the newest that stays', async () => {
    const { client, user } = await aliceWith({})
    const [kept, other] = [await make(client), await make(client, { contents: 'kept too' })]
    for (const todo of [await make(client), await make(client)]) await client.delete(`/todos/${todo.id}`)
    expect(await countsOf(user.id)).toEqual(await recount(user.id))
    expect(await purge()).toBe(2)
    expect(await countsOf(user.id)).toEqual({ rows: 2, bytes: SMALLEST + 10 })
    for (const { id } of [kept, other]) await client.delete(`/todos/${id}`)
    expect(await purge()).toBe(2)
    expect(await countsOf(user.id)).toEqual({ rows: 0, bytes: 0 })
    await make(client)
    expect(await countsOf(user.id)).toEqual({ rows: 1, bytes: SMALLEST })
  })

  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).map((one) => `x${one.replaceAll('\0', '')}`)
  const input = fc.record(
    {
      contents: text,
      description: fc.option(text),
      labels: fc.uniqueArray(text, { maxLength: 3 }),
      isDone: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  const id = fc.nat(11).map(idOf)
  const operation = fc.oneof(
    input.map((todo) => ({ op: 'create', todo: { contents: 'x', ...todo } })),
    fc.record({ op: fc.constant('put'), id, todo: input.map((todo) => ({ contents: 'x', ...todo })) }),
    fc.record({ op: fc.constant('update'), id, patch: input }),
    fc.record({ op: fc.constantFrom('delete', 'restore'), id }),
  )
  const about = (one: object) => ('id' in one ? one.id : one)
  const action = fc.oneof(
    fc.uniqueArray(operation, { selector: about, minLength: 1, maxLength: 6 }).map((operations) => ({ operations })),
    operation.map((one) => ({ operations: [one] })),
    fc.record({ key: fc.constantFrom('a', 'b', 'c'), todo: input.map((todo) => ({ contents: 'x', ...todo })) }),
    fc.record({ purge: fc.integer({ min: 1, max: 4 }) }),
  )

  const longer = inject('propertyRuns')
  const runs = longer === null ? { numRuns: inject('isThorough') ? 25 : 12, seed: 20_261_125 } : { numRuns: longer }
  const { numRuns } = runs

  it(`are the truth after whatever happened (${numRuns} runs)`, { timeout: 60_000 + numRuns * 500 }, async () => {
    const quota = { rows: 12, bytes: 250 }
    const { client, user } = await aliceWith(quota)
    const seen = new Set<string>()
    const property = fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 15 }), async (actions) => {
      await env.DB.batch(['todos', 'idempotency_keys'].map((table) => env.DB.prepare(`DELETE FROM ${table}`)))
      for (const one of actions) {
        if ('purge' in one) await purge(one.purge)
        else {
          const { status, body } =
            'operations' in one
              ? await batch(client, one.operations)
              : await client.post('/todos', one.todo, { headers: { 'Idempotency-Key': one.key } })
          seen.add(`${status} ${body.code ?? ''}`.trim())
        }
        const counts = await countsOf(user.id)
        expect(counts).toEqual(await recount(user.id))
        expect(counts.rows).toBeLessThanOrEqual(quota.rows)
        expect(counts.bytes).toBeLessThanOrEqual(quota.bytes)
      }
    })
    await fc.assert(property, runs)
    // The runs are only worth something if there was room sometimes, and sometimes not.
    expect([...seen].sort()).toEqual(['200', '201', '403 quota_exceeded', '404 not_found', '422 invalid_fields'])
  })
})
