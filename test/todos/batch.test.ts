import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { defaultPosition } from '../../src/todos/position'
import type { Todo } from '../../src/todos/schemas'
import type { Client } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { signUp, tally, together } from '../helpers/people'
import { expectNoChanges } from '../helpers/storage'

interface Results {
  results: ({ todo: Todo } | { id: string; deletedAt: string })[]
}

const NOON = Date.parse('2026-12-24T12:00:00.000Z')

const make = async (client: Client, contents: string) => (await client.post<Todo>('/todos', { contents })).body
const batch = (client: Client, operations: unknown[]) => client.post<Results>('/todos/batch', { operations })
const creates = (length: number) => Array.from({ length }, (_, n) => ({ op: 'create', todo: { contents: `${n}` } }))
const refused = (client: Client, operations: unknown[]) =>
  expectNoChanges(() => client.post('/todos/batch', { operations }))

describe('a batch', () => {
  it('does each operation, and answers in the same order', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    const [milk, bread, tea] = [await make(client, 'milk'), await make(client, 'bread'), await make(client, 'tea')]
    await client.delete(`/todos/${tea.id}`)
    setClock(NOON + 1000)
    const at = '2026-12-24T12:00:01.000Z'
    const id = uuidv7()
    const { status, body } = await batch(client, [
      { op: 'update', id: milk.id, patch: { isDone: true }, ifMatch: '"1"' },
      { op: 'create', todo: { contents: 'first', labels: ['home'] } },
      { op: 'delete', id: bread.id },
      { op: 'put', id: id.toUpperCase(), todo: { contents: 'own id' } },
      { op: 'restore', id: tea.id },
      { op: 'create', todo: { contents: 'second' } },
    ])
    expect(status).toBe(200)
    const none = { due: null, dueAt: null, recurrence: null, parentId: null, listId: null, completedAt: null }
    const made = {
      description: null,
      priority: 'none',
      isDone: false,
      ...none,
      position: defaultPosition(NOON + 1000),
      version: 1,
    }
    const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/)
    expect(body.results).toEqual([
      { todo: { ...milk, isDone: true, completedAt: at, updatedAt: at, version: 2 } },
      { todo: { ...made, id: uuid, contents: 'first', labels: ['home'], createdAt: at, updatedAt: at } },
      { id: bread.id, deletedAt: at },
      { todo: { ...made, id, contents: 'own id', labels: [], createdAt: at, updatedAt: at } },
      { todo: { ...tea, updatedAt: at, version: 3 } },
      { todo: { ...made, id: uuid, contents: 'second', labels: [], createdAt: at, updatedAt: at } },
    ])
    const living = body.results.flatMap((result) => ('todo' in result ? [result.todo] : []))
    const { todos } = (await client.get<{ todos: Todo[] }>('/todos')).body
    const byId = (one: Todo, other: Todo) => (one.id < other.id ? -1 : 1)
    expect(todos.toSorted(byId)).toEqual(living.toSorted(byId))
  })

  it('writes nothing for an operation without a change', async () => {
    const { client } = await signUp('alice')
    const todo = await make(client, 'milk')
    const { body } = await expectNoChanges(() => batch(client, [{ op: 'update', id: todo.id, patch: {} }]))
    expect(body).toEqual({ results: [{ todo }] })
  })

  it.each([
    ['an update of a missing to-do', { op: 'update', id: uuidv7(), patch: {} }, 404, 'id', 'not_found'],
    ['a deletion of a missing to-do', { op: 'delete', id: uuidv7() }, 404, 'id', 'not_found'],
    ['a restoration of a missing to-do', { op: 'restore', id: uuidv7() }, 404, 'id', 'not_found'],
    [
      'a put with ifMatch of a missing to-do',
      { op: 'put', id: uuidv7(), todo: { contents: 'x' }, ifMatch: '*' },
      412,
      'ifMatch',
      'precondition_failed',
    ],
  ])('does nothing because of %s, and names that operation', async (_, operation, status, field, code) => {
    const { client } = await signUp('alice')
    const todo = await make(client, 'milk')
    const answer = await refused(client, [
      { op: 'create', todo: { contents: 'a' } },
      { op: 'delete', id: todo.id },
      { op: 'create', todo: { contents: 'b' } },
      operation,
    ])
    expect(answer).toMatchObject({ status, body: { code, errors: [{ path: `/operations/3/${field}`, code }] } })
    expect(answer.body.errors).toHaveLength(1)
  })

  it.each(['"2"', 'W/"2"', '1', ''])(
    'does nothing because of ifMatch %s, and names that operation',
    async (ifMatch) => {
      const { client } = await signUp('alice')
      const [one, other] = [await make(client, 'one'), await make(client, 'other')]
      for (const operation of [
        { op: 'update', patch: { isDone: true } },
        { op: 'delete' },
        { op: 'put', todo: { contents: 'x' } },
      ]) {
        const { status, body } = await refused(client, [
          { op: 'update', id: one.id, patch: { isDone: true }, ifMatch: '"1"' },
          { ...operation, id: other.id, ifMatch },
        ])
        expect({ status, errors: body.errors }).toMatchObject({
          status: 412,
          errors: [{ path: '/operations/1/ifMatch' }],
        })
      }
    },
  )

  it('takes a version that Cloudflare has weakened for that version', async () => {
    const { client } = await signUp('alice')
    const [one, two, three] = [await make(client, 'one'), await make(client, 'two'), await make(client, 'three')]
    const { status } = await batch(client, [
      { op: 'update', id: one.id, patch: { isDone: true }, ifMatch: 'W/"1"' },
      { op: 'delete', id: two.id, ifMatch: 'W/"7", W/"1"' },
      { op: 'put', id: three.id, todo: { contents: 'x' }, ifMatch: '"7", W/"1"' },
    ])
    expect(status).toBe(200)
  })

  it('makes a to-do under an id of its own, and refuses it where the id is or was, whoever has it', async () => {
    const { client } = await signUp('alice')
    const { client: bob } = await signUp('bob')
    const [id, [other, last, his]] = [uuidv7(), [uuidv7(), uuidv7(), uuidv7()]]
    const createAt = (at: string) => ({ op: 'create', id: at, todo: { contents: 'milk' } })
    const { status, body } = await batch(client, [createAt(id.toUpperCase()), createAt(other)])
    expect({ status, results: body.results }).toMatchObject({
      status: 200,
      results: [{ todo: { id, version: 1 } }, { todo: { id: other, version: 1 } }],
    })
    await client.delete(`/todos/${other}`)
    await batch(bob, [createAt(his)])
    for (const taken of [id, other, his]) {
      const answer = await refused(
        client,
        [
          { op: 'create', todo: { contents: 'a' } },
          createAt(last),
          { op: 'update', id, patch: { isDone: true } },
          createAt(taken),
        ].filter((operation) => taken !== id || operation.op === 'create'),
      )
      const path = `/operations/${taken === id ? 2 : 3}/id`
      expect(answer).toMatchObject({ status: 412, body: { errors: [{ path, code: 'precondition_failed' }] } })
    }
    expect((await batch(client, [createAt(last)])).status).toBe(200)
  })

  it('makes one to-do when 20 batches race for its id', async () => {
    const { client } = await signUp('alice')
    const id = uuidv7()
    const answers = await together(20, (n) => batch(client, [{ op: 'create', id, todo: { contents: `${n}` } }]))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 1, 412: 19 })
    expect((await client.get<Todo>(`/todos/${id}`)).body).toMatchObject({ version: 1 })
  })

  it('makes to-dos whose ids sort in the order of the batch', async () => {
    const { client } = await signUp('alice')
    await batch(client, creates(100))
    const { todos } = (await client.get<{ todos: Todo[] }>('/todos?limit=100')).body
    expect(todos.map(({ contents }) => Number(contents))).toEqual(Array.from({ length: 100 }, (_, n) => n))
  })

  it('cannot change to-dos of other users', async () => {
    const { client: alice } = await signUp('alice')
    const { client: bob } = await signUp('bob')
    const hers = await make(alice, 'hers')
    for (const operation of [
      { op: 'update', id: hers.id, patch: { contents: 'his' } },
      { op: 'put', id: hers.id, todo: { contents: 'his' } },
      { op: 'delete', id: hers.id },
      { op: 'restore', id: hers.id },
    ]) {
      const { status, body } = await refused(bob, [{ op: 'create', todo: { contents: 'a' } }, operation])
      expect({ status, errors: body.errors }).toMatchObject({ status: 404, errors: [{ path: '/operations/1/id' }] })
    }
  })

  it('succeeds once when 10 batches race with the same version', async () => {
    const { client } = await signUp('alice')
    const [one, other] = [await make(client, 'one'), await make(client, 'other')]
    const answers = await together(10, (n) =>
      batch(
        client,
        [one, other].map(({ id }) => ({ op: 'update', id, patch: { contents: `${n}` }, ifMatch: '"1"' })),
      ),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    const { todos } = (await client.get<{ todos: Todo[] }>('/todos')).body
    expect(new Set(todos.map(({ contents, version }) => `${contents} ${version}`)).size).toBe(1)
  })

  it('accepts 1 to 100 operations', async () => {
    const { client } = await signUp('alice')
    expect((await batch(client, creates(1))).status).toBe(200)
    expect((await batch(client, creates(100))).body.results).toHaveLength(100)
    for (const count of [0, 101]) {
      const { status, body } = await refused(client, creates(count))
      expect({ status, errors: body.errors }).toMatchObject({ status: 422, errors: [{ path: '/operations' }] })
    }
  })

  it.each<[what: string, operation: object, path: string]>([
    ['an unknown operation', { op: 'destroy', id: uuidv7() }, '/op'],
    ['no operation', { id: uuidv7() }, '/op'],
    ['blank contents', { op: 'create', todo: { contents: ' ' } }, '/todo/contents'],
    ['an invalid id of a new to-do', { op: 'create', id: 'milk', todo: { contents: 'a' } }, '/id'],
    ['an id in the wrong place', { op: 'create', todo: { id: uuidv7(), contents: 'a' } }, '/todo/id'],
    ['an unknown field', { op: 'update', id: uuidv7(), patch: { userId: 'a' } }, '/patch/userId'],
    ['an invalid id', { op: 'delete', id: '1' }, '/id'],
    ['no id', { op: 'delete' }, '/id'],
    ['an invalid condition', { op: 'delete', id: uuidv7(), ifMatch: 1 }, '/ifMatch'],
  ])('is refused because of %s, and names the field', async (_, operation, path) => {
    const { client } = await signUp('alice')
    const { status, body } = await refused(client, [...creates(2), operation])
    expect({ status, errors: body.errors }).toMatchObject({ status: 422, errors: [{ path: `/operations/2${path}` }] })
  })

  it('may name each to-do only once', async () => {
    const { client } = await signUp('alice')
    const { id } = await make(client, 'milk')
    for (const operation of [{ op: 'delete' }, { op: 'create', todo: { contents: 'a' } }]) {
      const { status, body } = await refused(client, [
        { op: 'update', id, patch: { isDone: true } },
        { op: 'create', todo: { contents: 'a' } },
        { ...operation, id: id.toUpperCase() },
      ])
      expect({ status, errors: body.errors }).toMatchObject({
        status: 422,
        errors: [{ path: '/operations/2/id', code: 'duplicate' }],
      })
    }
  })

  it('may have 1 MiB of any text, and no byte more', async () => {
    const { client } = await signUp('alice')
    const headers = { 'Content-Type': 'application/json' }
    const operations = Array.from({ length: 100 }, () => ({
      op: 'create',
      todo: { contents: 'Ж', description: 'Ж'.repeat(5_200) },
    }))
    const text = JSON.stringify({ operations })
    const padding = 1024 * 1024 - new TextEncoder().encode(text).byteLength
    expect(padding).toBeGreaterThan(0)
    const whole = text + ' '.repeat(padding)
    const tooMuch = await expectNoChanges(() => client.post('/todos/batch', `${whole} `, { headers }))
    expect(tooMuch).toMatchObject({ status: 413, body: { detail: 'At most 1048576 bytes.' } })
    expect((await client.post<Results>('/todos/batch', whole, { headers })).body.results).toHaveLength(100)
    const { body } = await client.get<{ todos: Todo[] }>('/todos?q=жжж&limit=100')
    expect(body.todos).toHaveLength(100)
  })

  it('is refused as a whole when normalising makes its text too long for D1', async () => {
    const { client } = await signUp('alice')
    // NFC turns this code point into three.
    const operations = Array.from({ length: 60 }, () => ({
      op: 'create',
      todo: { contents: 'a', description: '\u{1d160}'.repeat(3_333) },
    }))
    const { status } = await refused(client, operations)
    expect(status).toBe(413)
  })
})
