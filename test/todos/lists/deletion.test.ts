import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { beforeEach, describe, expect, it } from 'vitest'
import type { List } from '../../../src/todos/lists/schemas'
import type { Todo } from '../../../src/todos/schemas'
import type { Client } from '../../helpers/client'
import { advanceClock, setClock } from '../../helpers/clock'
import { type Person, signUp, tally, together } from '../../helpers/people'
import { expectNoChanges, forgetSearches } from '../../helpers/storage'
import { countsOf, recount } from '../counts'

const NOON = Date.parse('2026-12-24T12:00:00.000Z')

let alice: Person
let client: Client
let list: List

beforeEach(async () => {
  setClock(NOON)
  alice = await signUp('alice')
  client = alice.client
  list = (await client.post<List>('/lists', { name: 'Work' })).body
})

const make = async (contents: string, listId: string | null) =>
  (await client.post<Todo>('/todos', { contents, listId })).body
const pathOf = ({ id }: List, todos?: string) => `/lists/${id}${todos === undefined ? '' : `?todos=${todos}`}`
const todosOf = async () => (await client.get<{ todos: Todo[] }>('/todos')).body.todos
const changesSince = async (token?: string) =>
  (
    await client.get<{ changes: ({ todo: Todo } | { id: string })[]; lists?: List[]; nextToken: string }>(
      `/todos/changes${token === undefined ? '' : `?since=${token}`}`,
    )
  ).body

interface Row {
  id: string
  list_id: string | null
  deleted_at: number | null
  seq: number
}

const rows = async () => (await env.DB.prepare('SELECT id, list_id, deleted_at, seq FROM todos').all<Row>()).results

/** No to-do is in a list that is not there, and the counts of the user are right. */
async function expectWhole(): Promise<void> {
  const lost = await env.DB.prepare(
    `SELECT count(*) AS n FROM todos WHERE deleted_at IS NULL AND list_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM lists WHERE lists.user_id = todos.user_id AND lists.id = list_id)`,
  ).first('n')
  expect(lost).toBe(0)
  expect(await countsOf(alice.user.id)).toEqual(await recount(alice.user.id))
}

describe('a list without to-dos', () => {
  it('is deleted, and its id can be used again', async () => {
    const path = pathOf(list)
    const { body: deleted } = await client.post<Todo>('/todos', { contents: 'gone', listId: list.id })
    await client.delete(`/todos/${deleted.id}`)
    expect((await client.delete(path)).status).toBe(204)
    expect(await client.get(path)).toMatchObject({ status: 404 })
    expect(await expectNoListChange(() => client.delete(path))).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    })
    expect(await client.put(path, { name: 'Home' })).toMatchObject({ status: 201, body: { name: 'Home', version: 1 } })
  })
})

/** A deletion that is refused is still counted as a search. */
async function expectNoListChange<Result>(act: () => Promise<Result>): Promise<Result> {
  const state = async () => [await rows(), (await env.DB.prepare('SELECT * FROM lists').all()).results]
  const before = await state()
  const result = await act()
  expect(await state()).toEqual(before)
  return result
}

describe('a list with to-dos', () => {
  it('stays, unless the request says what becomes of them', async () => {
    await make('a', list.id)
    expect(await expectNoListChange(() => client.delete(pathOf(list)))).toMatchObject({
      status: 409,
      body: { code: 'list_not_empty' },
    })
    for (const query of ['todos=', 'todos=keep', 'todo=move']) {
      expect((await expectNoChanges(() => client.delete(`${pathOf(list)}?${query}`))).status).toBe(422)
    }
  })

  it('leaves them in no list with todos=move, each as a change of its own', async () => {
    const other = (await client.post<List>('/lists', { name: 'Other' })).body
    const [a, b, c, d] = [
      await make('a', list.id),
      await make('b', null),
      await make('c', list.id),
      await make('d', other.id),
    ]
    const { nextToken } = await changesSince()
    advanceClock(1000)
    expect((await client.delete(pathOf(list, 'move'))).status).toBe(204)
    const moved = [a, c].map((todo) => ({ ...todo, listId: null, version: 2, updatedAt: '2026-12-24T12:00:01.000Z' }))
    expect(await changesSince(nextToken)).toMatchObject({ changes: moved.map((todo) => ({ todo })), lists: [other] })
    expect(await todosOf()).toEqual([moved[0], b, moved[1], d])
    await expectWhole()
  })

  it('takes them with it with todos=delete, and they can be restored', async () => {
    const [a, b, c] = [await make('a', list.id), await make('b', null), await make('c', list.id)]
    const { nextToken } = await changesSince()
    advanceClock(1000)
    expect((await client.delete(pathOf(list, 'delete'))).status).toBe(204)
    const { changes, lists } = await changesSince(nextToken)
    expect(changes).toEqual([a, c].map(({ id }) => ({ id, deletedAt: '2026-12-24T12:00:01.000Z' })))
    expect(lists).toEqual([])
    expect(await todosOf()).toEqual([b])
    await expectWhole()
    expect(await client.post(`/todos/${a.id}/restore`)).toMatchObject({
      status: 200,
      body: { version: 3, contents: 'a' },
    })
  })

  it('changes no to-do that was deleted before, and none of other users', async () => {
    const a = await make('a', list.id)
    await client.delete(`/todos/${a.id}`)
    const bob = await signUp('bob')
    await bob.client.put(pathOf(list), { name: 'of Bob' })
    await bob.client.post('/todos', { contents: 'b', listId: list.id })
    const before = await rows()
    advanceClock(1000)
    expect((await client.delete(pathOf(list, 'delete'))).status).toBe(204)
    expect(await rows()).toEqual(before)
    expect(await bob.client.get(pathOf(list))).toMatchObject({ status: 200, body: { name: 'of Bob' } })
  })

  it('is only deleted in the version that the client knows', async () => {
    await make('a', list.id)
    const ifMatch = (tag: string) => ({ headers: { 'If-Match': tag } })
    for (const todos of ['move', 'delete', undefined]) {
      expect(
        await expectNoListChange(() => client.delete(pathOf(list, todos), undefined, ifMatch('"2"'))),
      ).toMatchObject({ status: 412, body: { code: 'precondition_failed' } })
    }
    expect((await client.delete(pathOf(list, 'move'), undefined, ifMatch('W/"1"'))).status).toBe(204)
    await expectWhole()
  })

  it('keeps the order of changes when the clock has gone back', async () => {
    advanceClock(5000)
    const [a, b] = [await make('a', list.id), await make('b', list.id)]
    const { nextToken } = await changesSince()
    setClock(NOON + 1)
    expect((await client.delete(pathOf(list, 'move'))).status).toBe(204)
    expect((await changesSince(nextToken)).changes).toMatchObject([{ todo: { id: a.id } }, { todo: { id: b.id } }])
    await expectWhole()
  })

  it('moves 3,000 of them at once', async () => {
    const operations = Array.from({ length: 100 }, (_, n) => ({
      op: 'create',
      todo: { contents: `${n}`, listId: list.id },
    }))
    await client.post('/todos/batch', { operations })
    await env.DB.prepare(
      `WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 29)
      INSERT INTO todos (id, user_id, contents, priority, labels, list_id, created_at, updated_at, version, seq, total_rows, total_bytes)
      SELECT id || n, user_id, contents, priority, labels, list_id, created_at, updated_at, version, seq + n * 100, 3000, total_bytes * 30
      FROM todos, n`,
    ).run()
    await env.DB.prepare('UPDATE todos SET total_bytes = ?')
      .bind((await recount(alice.user.id)).bytes)
      .run()
    expect((await client.delete(pathOf(list, 'move'))).status).toBe(204)
    const all = await rows()
    expect(all.filter(({ list_id }) => list_id !== null)).toEqual([])
    expect(new Set(all.map(({ seq }) => seq)).size).toBe(3000)
    await expectWhole()
  })
})

it('a deletion counts as a search, and one too many does nothing', async () => {
  await make('a', list.id)
  for (let n = 0; n < 30; n++) expect((await client.delete(pathOf(list))).status).toBe(409)
  for (const todos of ['move', 'delete', undefined]) {
    const answer = await expectNoChanges(() => client.delete(pathOf(list, todos)))
    expect(answer).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    expect(answer.headers.get('Retry-After')).toBe('60')
  }
  await forgetSearches()
  expect((await client.delete(pathOf(list, 'move'))).status).toBe(204)
})

describe('the race', () => {
  it.each(['move', 'delete'])(
    'of todos=%s with 50 to-dos that are put into the list leaves none behind',
    async (todos) => {
      for (let round = 0; round < 3; round++) {
        await client.put(pathOf(list), { name: 'Work' })
        await make('before', list.id)
        const [deletion, ...answers] = await Promise.all([
          client.delete(pathOf(list, todos)),
          ...Array.from({ length: 25 }, (_, n) => client.post('/todos', { contents: `${n}`, listId: list.id })),
          ...Array.from({ length: 25 }, (_, n) =>
            client.put(`/todos/${uuidv7()}`, { contents: `${n}`, listId: list.id }),
          ),
        ])
        expect(deletion?.status).toBe(204)
        for (const { status, body } of answers) {
          if (status !== 201)
            expect({ status, body }).toMatchObject({
              status: 422,
              body: { errors: [{ path: '/listId', code: 'no_such_list' }] },
            })
        }
        await expectWhole()
      }
    },
  )

  it('of a deletion without todos with 50 to-dos either keeps the list or refuses the to-dos', async () => {
    const [deletion, ...answers] = await Promise.all([
      client.delete(pathOf(list)),
      ...Array.from({ length: 50 }, (_, n) => client.post('/todos', { contents: `${n}`, listId: list.id })),
    ])
    const made = answers.filter(({ status }) => status === 201)
    expect(deletion?.status).toBe(made.length > 0 ? 409 : 204)
    await expectWhole()
  })

  it('of 20 deletions has exactly one that deletes the list', async () => {
    await make('a', list.id)
    const answers = await together(20, () => client.delete(pathOf(list, 'move')))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 204: 1, 404: 19 })
    expect(await todosOf()).toMatchObject([{ version: 2, listId: null }])
  })
})
