import fc from 'fast-check'
import { v7 as uuidv7 } from 'uuid'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Todo, TodoInput } from '../../src/todos/schemas'
import type { User } from '../../src/users/schemas'
import { noLimit } from '../helpers/bindings'
import { type Client, clientOf } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { signUp } from '../helpers/people'
import { expectNoChanges } from '../helpers/storage'

/* What changes nothing writes nothing: no version, no `updatedAt`, and no other device hears of it. */

const FULL = {
  contents: 'Go to the café',
  description: 'Two bottles',
  priority: 'high',
  isDone: true,
  labels: ['home', 'shop'],
  dueAt: '2026-12-24T18:00:00.000Z',
} as const

const NOON = Date.parse('2026-12-24T12:00:00.000Z')

let client: Client
let todo: Todo
beforeEach(async () => {
  setClock(NOON)
  client = (await signUp('alice', clientOf({ BATCH_LIMIT: noLimit }))).client
  todo = (await client.post<Todo>('/todos', FULL)).body
  setClock(NOON + 60_000)
})

const operationsOf = (input: object) => [
  { op: 'put', id: todo.id, todo: input },
  { op: 'update', id: todo.id, patch: input },
]

describe('a request that changes nothing', () => {
  it.each<[what: string, patch: object]>([
    ['no field', {}],
    ['every field as it is', FULL],
    ['a done to-do done once more', { isDone: true }],
    ['the same labels in the same order', { labels: ['home', 'shop'] }],
    ['the same time with another offset', { dueAt: '2026-12-25T03:00:00+09:00' }],
    ['the same text in another form of Unicode', { contents: FULL.contents.normalize('NFD') }],
  ])('answers 200 with the to-do as it is, and writes nothing: PATCH of %s', async (_, patch) => {
    const patched = await expectNoChanges(() => client.patch<Todo>(`/todos/${todo.id}`, patch))
    expect({ ...patched, etag: patched.headers.get('ETag') }).toMatchObject({ status: 200, body: todo, etag: '"1"' })
  })

  it.each([[{}], [{ 'If-Match': '"1"' }], [{ 'If-Match': '*' }]])(
    'so does PUT of an equal to-do, with %o',
    async (headers) => {
      const { status, body } = await expectNoChanges(() => client.put<Todo>(`/todos/${todo.id}`, FULL, { headers }))
      expect({ status, body }).toEqual({ status: 200, body: todo })
    },
  )

  it('is refused all the same if its condition does not hold', async () => {
    for (const act of [client.put, client.patch]) {
      const headers = { 'If-Match': '"2"' }
      expect((await expectNoChanges(() => act(`/todos/${todo.id}`, FULL, { headers }))).status).toBe(412)
    }
  })

  it('writes nothing in a batch, and the other operations are done', async () => {
    for (const operation of operationsOf(FULL)) {
      const alone = await expectNoChanges(() => client.post('/todos/batch', { operations: [operation] }))
      expect(alone).toMatchObject({ status: 200, body: { results: [{ todo }] } })
      const id = uuidv7()
      const operations = [
        { op: 'put', id, todo: { contents: 'a' } },
        operation,
        { op: 'create', todo: { contents: 'b' } },
      ]
      const { body } = await client.post('/todos/batch', { operations })
      expect(body).toMatchObject({ results: [{ todo: { id } }, { todo }, { todo: { contents: 'b' } }] })
      const change = { op: 'update', id, patch: { isDone: true }, ifMatch: '"1"' }
      const mixed = await client.post('/todos/batch', { operations: [operation, change] })
      expect(mixed).toMatchObject({
        status: 200,
        body: { results: [{ todo }, { todo: { isDone: true, version: 2 } }] },
      })
    }
    const { body } = await client.get<{ changes: { todo: Todo }[] }>('/todos/changes')
    expect(body.changes[0]?.todo).toEqual(todo)
  })

  it('is told from one that changes something', async () => {
    const changes = [
      { isDone: false },
      { labels: ['shop', 'home'] },
      { labels: [] },
      { description: null },
      { description: '' },
      { dueAt: null },
      { dueAt: '2026-12-24T18:00:00.001Z' },
      { priority: 'none' },
      { contents: 'go to the café' },
    ]
    for (const [index, change] of changes.entries()) {
      const { body } = await client.patch<Todo>(`/todos/${todo.id}`, change)
      expect(body).toMatchObject({ ...change, version: index + 2 })
    }
  })

  it('is any text that was stored, sent again', async () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((value) => !value.includes('\0'))
    const inputs = fc.record({ description: text, labels: fc.uniqueArray(text, { maxLength: 3 }) })
    const property = fc.asyncProperty(inputs, async (input) => {
      const id = uuidv7()
      const whole = { ...FULL, ...input }
      const { status, body } = await client.put<Todo & TodoInput>(`/todos/${id}`, whole)
      fc.pre(status === 201)
      expect((await client.put(`/todos/${id}`, whole)).body).toEqual(body)
      expect((await client.patch(`/todos/${id}`, input)).body).toEqual(body)
    })
    await fc.assert(property, { numRuns: 60 })
  })
})

describe('a PATCH of the profile that changes nothing', () => {
  it.each([[{}], [{ name: 'Alice' }], [{ name: 'Alice', nickname: null, timeZone: null, username: 'ALICE' }]])(
    'writes nothing: %o',
    async (patch) => {
      const { body: before } = await client.patch<User>('/users/me', { name: 'Alice' })
      setClock(NOON + 120_000)
      const { status, body } = await expectNoChanges(() => client.patch<User>('/users/me', patch))
      expect({ status, body }).toEqual({ status: 200, body: before })
    },
  )
})
