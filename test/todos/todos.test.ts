import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import type { Todo } from '../../src/todos/schemas'
import { type Client, ORIGIN } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { logIn, signUp, together } from '../helpers/people'

interface Page {
  todos: Todo[]
  nextCursor: string | null
}

const NOON = Date.parse('2026-12-24T12:00:00.000Z')

const make = async (client: Client, contents: string): Promise<Todo> =>
  (await client.post<Todo>('/todos', { contents })).body

describe('making a to-do', () => {
  it('fills in the fields that are left out', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    const { status, headers, body } = await client.post<Todo>('/todos', { contents: 'Buy milk' })
    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      contents: 'Buy milk',
      description: null,
      priority: 'none',
      isDone: false,
      labels: [],
      due: null,
      dueAt: null,
      recurrence: null,
      parentId: null,
      listId: null,
      position: 'i1a2a7ec2200i',
      completedAt: null,
      createdAt: '2026-12-24T12:00:00.000Z',
      updatedAt: '2026-12-24T12:00:00.000Z',
      version: 1,
    })
    const location = headers.get('Location')
    expect(location).toBe(`/api/v1/todos/${body.id}`)
    expect((await client.get(`${ORIGIN}${location}`)).body).toEqual(body)
  })

  it('stores the given fields', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    const given = {
      contents: '우유 사기 🥛 <b>%_\\',
      description: 'two lines\nof text',
      priority: 'urgent',
      isDone: true,
      labels: ['home', '장보기'],
    }
    const { body } = await client.post<Todo>('/todos', { ...given, dueAt: '2026-12-24T21:00:00.5+09:00' })
    expect(body).toMatchObject({
      ...given,
      dueAt: '2026-12-24T12:00:00.500Z',
      completedAt: '2026-12-24T12:00:00.000Z',
    })
    expect((await client.get(`/todos/${body.id}`)).body).toEqual(body)
  })

  it.each([
    ['contents of 1 character', { contents: '🥛' }, 201],
    ['contents of 500 characters', { contents: '🥛'.repeat(500) }, 201],
    ['contents of 501 characters', { contents: 'a'.repeat(501) }, 422],
    ['contents of 501 characters beyond the BMP', { contents: '🥛'.repeat(501) }, 422],
    ['no contents', {}, 422],
    ['empty contents', { contents: '' }, 422],
    ['blank contents', { contents: ' \n　' }, 422],
    ['a description of 10,000 characters', { contents: 'a', description: '가'.repeat(10_000) }, 201],
    ['a description of 10,001 characters', { contents: 'a', description: 'a'.repeat(10_001) }, 422],
    ['10 labels', { contents: 'a', labels: Array.from({ length: 10 }, (_, n) => `${n}`) }, 201],
    ['11 labels', { contents: 'a', labels: Array.from({ length: 11 }, (_, n) => `${n}`) }, 422],
    ['a label of 50 characters', { contents: 'a', labels: ['a'.repeat(50)] }, 201],
    ['a label of 51 characters', { contents: 'a', labels: ['a'.repeat(51)] }, 422],
    ['an empty label', { contents: 'a', labels: [''] }, 422],
    ['a blank label', { contents: 'a', labels: ['home', ' \u3164'] }, 422],
    ['a label twice', { contents: 'a', labels: ['x', 'x'] }, 422],
    ['an unknown priority', { contents: 'a', priority: 'High' }, 422],
    ['a due date without a time', { contents: 'a', dueAt: '2026-12-24' }, 422],
    ['a due time without an offset', { contents: 'a', dueAt: '2026-12-24T12:00:00' }, 422],
    ['a day that does not exist', { contents: 'a', dueAt: '2026-02-30T12:00:00Z' }, 422],
    ['isDone as a string', { contents: 'a', isDone: 'true' }, 422],
    ['an owner', { contents: 'a', userId: uuidv7() }, 422],
    ['an id', { contents: 'a', id: uuidv7() }, 422],
  ])('accepts or refuses %s', async (_, body, status) => {
    const { client } = await signUp('alice')
    expect((await client.post('/todos', body)).status).toBe(status)
    const rows = await env.DB.prepare('SELECT count(*) AS count FROM todos').first('count')
    expect(rows).toBe(status === 201 ? 1 : 0)
  })
})

describe('changing a to-do', () => {
  it('changes only the given fields, and null clears a field', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    const { body: before } = await client.post<Todo>('/todos', {
      contents: 'Buy milk',
      description: 'two bottles',
      priority: 'high',
      labels: ['home'],
      dueAt: '2026-12-25T00:00:00.000Z',
    })
    setClock(NOON + 1)
    const { status, body } = await client.patch<Todo>(`/todos/${before.id}`, { description: null })
    expect(status).toBe(200)
    expect(body).toEqual({ ...before, description: null, updatedAt: '2026-12-24T12:00:00.001Z', version: 2 })
    expect((await client.get(`/todos/${before.id}`)).body).toEqual(body)
  })

  it('sets completedAt once and clears it again', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    const { id } = await make(client, 'Buy milk')
    const patch = async (isDone: boolean, at: number) => {
      setClock(at)
      return (await client.patch<Todo>(`/todos/${id}`, { isDone })).body
    }
    expect(await patch(true, NOON + 1000)).toMatchObject({ isDone: true, completedAt: '2026-12-24T12:00:01.000Z' })
    expect(await patch(true, NOON + 2000)).toMatchObject({ isDone: true, completedAt: '2026-12-24T12:00:01.000Z' })
    expect(await patch(false, NOON + 3000)).toMatchObject({ isDone: false, completedAt: null })
    expect(await patch(true, NOON + 4000)).toMatchObject({ isDone: true, completedAt: '2026-12-24T12:00:04.000Z' })
  })

  it('loses no change when 20 requests race', async () => {
    const { client } = await signUp('alice')
    const { id } = await make(client, 'Buy milk')
    await together(20, (n) => client.patch(`/todos/${id}`, { contents: `${n}` }))
    expect((await client.get<Todo>(`/todos/${id}`)).body.version).toBe(21)
  })
})

describe('putting a to-do with an id of the client', () => {
  it('makes it the first time, and replaces all of it the next time', async () => {
    const { client } = await signUp('alice')
    const id = uuidv7()
    const made = await client.put<Todo>(`/todos/${id}`, { contents: 'Buy milk', labels: ['home'], isDone: true })
    expect(made).toMatchObject({ status: 201, body: { id, version: 1, labels: ['home'] } })
    const replaced = await client.put<Todo>(`/todos/${id}`, { contents: 'Buy bread' })
    expect(replaced).toMatchObject({
      status: 200,
      body: { id, contents: 'Buy bread', labels: [], isDone: false, completedAt: null, version: 2 },
    })
    expect(replaced.body.createdAt).toBe(made.body.createdAt)
  })

  it('makes one to-do when 20 requests race', async () => {
    const { client } = await signUp('alice')
    const id = uuidv7()
    const answers = await together(20, (n) => client.put<Todo>(`/todos/${id}`, { contents: `${n}` }))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect((await client.get<Todo>(`/todos/${id}`)).body.version).toBe(20)
  })

  it('needs a UUIDv7, in either letter case', async () => {
    const { client } = await signUp('alice')
    for (const id of [crypto.randomUUID(), '1', '00000000-0000-0000-0000-000000000000']) {
      expect(await client.put(`/todos/${id}`, { contents: 'a' })).toMatchObject({
        status: 422,
        body: { errors: [{ path: '/id' }] },
      })
    }
    const id = uuidv7()
    expect((await client.put<Todo>(`/todos/${id.toUpperCase()}`, { contents: 'a' })).body.id).toBe(id)
    expect((await client.put(`/todos/${id}`, { contents: 'a' })).status).toBe(200)
  })
})

describe('deleting a to-do', () => {
  it('removes it once', async () => {
    const { client } = await signUp('alice')
    const { id } = await make(client, 'Buy milk')
    expect(await client.delete(`/todos/${id}`)).toMatchObject({ status: 204, text: '' })
    expect((await client.get(`/todos/${id}`)).status).toBe(404)
    expect((await client.delete(`/todos/${id}`)).status).toBe(404)
  })
})

describe('listing to-dos', () => {
  it('sorts by creation and then by id, in either order, with pages of any size', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    const made: string[] = []
    for (let n = 0; n < 7; n++) {
      if (n === 4) setClock(NOON + 1)
      made.push((await make(client, `${n}`)).id)
    }
    for (const limit of [1, 2, 3, 6, 7, 100]) {
      for (const order of ['ASC', 'DESC']) {
        const seen: string[] = []
        for (let cursor = ''; ; ) {
          const { body } = await client.get<Page>(`/todos?limit=${limit}&order=${order}${cursor}`)
          expect(body.todos.length).toBeLessThanOrEqual(limit)
          seen.push(...body.todos.map(({ id }) => id))
          if (body.nextCursor === null) break
          cursor = `&cursor=${body.nextCursor}`
        }
        expect(seen).toEqual(order === 'ASC' ? made : made.toReversed())
      }
    }
  })

  it('has 50 on a page by default, and only one page for exactly 50', async () => {
    const { client, user } = await signUp('alice')
    const fill = (from: number, to: number) =>
      env.DB.prepare(
        `WITH RECURSIVE n(i) AS (SELECT ?2 UNION ALL SELECT i + 1 FROM n WHERE i < ?3)
         INSERT INTO todos (id, user_id, contents, priority, labels, created_at, updated_at, version, seq)
         SELECT printf('01a1fa3a-cd78-7305-a121-%012d', i), ?1, 'x', 0, '[]', i, i, 1, i FROM n`,
      )
        .bind(user.id, from, to)
        .run()
    await fill(1, 50)
    expect((await client.get<Page>('/todos')).body).toMatchObject({ todos: { length: 50 }, nextCursor: null })
    await fill(51, 51)
    const { body } = await client.get<Page>('/todos')
    expect(body.todos).toHaveLength(50)
    expect((await client.get<Page>(`/todos?cursor=${body.nextCursor}`)).body.todos).toHaveLength(1)
  })

  it('can show only done or only open to-dos', async () => {
    const { client } = await signUp('alice')
    const open = await make(client, 'open')
    const { body: done } = await client.post<Todo>('/todos', { contents: 'done', isDone: true })
    expect((await client.get<Page>('/todos?isDone=true')).body.todos).toEqual([done])
    expect((await client.get<Page>('/todos?isDone=false')).body.todos).toEqual([open])
    expect((await client.get<Page>('/todos')).body.todos).toEqual([open, done])
  })

  it.each([
    'dueBefore=2026-12-24',
    'limit=0',
    'limit=101',
    'limit=',
    'limit=1.5',
    'limit=-1',
    'limit=1e1',
    'limit=1&limit=2',
    'order=asc',
    'isDone=1',
  ])('refuses ?%s', async (query) => {
    const { client } = await signUp('alice')
    const { status, body } = await client.get(`/todos?${query}`)
    expect(status).toBe(422)
    expect(body.errors).toMatchObject([{ path: `/${query.split('=', 1)[0]}` }])
  })

  it('accepts a cursor only for the list that it came from', async () => {
    const [alice, bob] = [await signUp('alice'), await signUp('bob')]
    for (const { client } of [alice, bob]) for (const contents of ['1', '2', '3']) await make(client, contents)
    const { body } = await alice.client.get<Page>('/todos?limit=1')
    const cursor = body.nextCursor ?? ''
    const tampered = `${cursor.slice(0, 5)}${cursor[5] === 'A' ? 'B' : 'A'}${cursor.slice(6)}`
    for (const [client, query] of [
      [bob.client, `limit=1&cursor=${cursor}`],
      [alice.client, `limit=1&order=DESC&cursor=${cursor}`],
      [alice.client, `limit=1&isDone=false&cursor=${cursor}`],
      [alice.client, `limit=1&cursor=${tampered}`],
      [alice.client, 'limit=1&cursor=%F0%9F%A5%9B'],
      [alice.client, 'limit=1&cursor='],
    ] as const) {
      const answer = await client.get(`/todos?${query}`)
      expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: '/cursor', code: 'invalid_cursor' }] } })
    }
    expect((await alice.client.get<Page>(`/todos?limit=2&cursor=${cursor}`)).body.todos).toHaveLength(2)
  })

  it('shows no to-dos of other users', async () => {
    const alice = await signUp('alice')
    await make(alice.client, 'secret')
    const bob = await signUp('bob')
    expect((await bob.client.get<Page>('/todos')).body).toEqual({ todos: [], nextCursor: null })
    expect((await (await logIn('alice')).client.get<Page>('/todos')).body.todos).toHaveLength(1)
  })
})
