import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { MAX_COUNTED } from '../../src/limits'
import type { TodoFilter } from '../../src/todos/schemas'
import { isSearch } from '../../src/todos/search-limit'
import { clientOf } from '../helpers/client'
import { MINUTE, setClock } from '../helpers/clock'
import { logIn, type Person, signUp, tally, together } from '../helpers/people'
import { measuredClient } from '../helpers/recorder'
import { expectNoChanges, forgetSearches } from '../helpers/storage'
import { countsOf } from './counts'
import { idOf, makeTodos, type TodoPage } from './pages'

/* How often a user may search. */

const NOON = Date.parse('2026-12-24T12:00:00.000Z')

const times = (count: number) => Array.from({ length: count }, (_, n) => n)

describe('a list', () => {
  const base = { order: 'ASC' } as const
  const due = { dueBefore: '2026-12-24T12:00:00Z', dueAfter: '2026-12-01T12:00:00Z' }
  const isSearchIf: [isSearch: boolean, filter: Partial<TodoFilter> & Pick<TodoFilter, 'sort'>][] = [
    [false, { sort: 'createdAt' }],
    [false, { sort: 'dueAt', isDone: false }],
    [false, { sort: 'dueAt', isDone: false, ...due }],
    [false, { sort: 'dueAt', isDone: false, hasDueDate: true }],
    [false, { sort: 'dueAt', isDone: false, hasDueDate: false }],
    [false, { sort: 'dueAt', isDone: false, order: 'DESC', hasDueDate: true }],
    [false, { sort: 'dueAt', isDone: false, order: 'DESC', dueBefore: due.dueBefore }],
    [true, { sort: 'dueAt', isDone: false, order: 'DESC' }],
    [true, { sort: 'createdAt', hasDueDate: false }],
    [true, { sort: 'createdAt', isDone: false }],
    [true, { sort: 'createdAt', isDone: true }],
    [true, { sort: 'createdAt', q: 'milk' }],
    [true, { sort: 'createdAt', label: 'home' }],
    [true, { sort: 'createdAt', priority: 'high' }],
    [true, { sort: 'createdAt', dueBefore: due.dueBefore }],
    [true, { sort: 'dueAt' }],
    [true, { sort: 'dueAt', ...due }],
    [true, { sort: 'dueAt', isDone: true }],
    [true, { sort: 'dueAt', isDone: false, q: 'milk' }],
    [true, { sort: 'dueAt', isDone: false, label: 'home' }],
    [true, { sort: 'dueAt', isDone: false, priority: 'high' }],
    [true, { sort: 'priority' }],
    [true, { sort: 'priority', priority: 'high' }],
    [true, { sort: 'priority', isDone: false }],
    [true, { sort: 'updatedAt' }],
    [true, { sort: 'completedAt', isDone: true }],
    [false, { sort: 'updatedAt', ids: ['x'], q: 'milk' }],
  ]

  it.each(isSearchIf)('is a search: %s, for %o', (expected, filter) => {
    expect(isSearch({ ...base, ...filter })).toBe(expected)
  })
})

describe('a list of open to-dos', () => {
  const fill = ({ user }: Person, count: number) =>
    env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
       INSERT INTO todos (id, user_id, contents, priority, labels, created_at, updated_at, version, seq)
       SELECT lower(hex(randomblob(16))), ?1, 'x', i % 5, '["home"]', i, i, 1,
         (SELECT coalesce(max(seq), 0) FROM todos WHERE user_id = ?1) + i FROM n`,
    )
      .bind(user.id, count)
      .run()
  const queries = ['isDone=false', 'label=home&isDone=false', 'listId=none&isDone=false&sort=priority&order=DESC']
  queries.push('overdue=true&timeZone=UTC&parentId=none', 'isDone=false&sort=dueAt&order=DESC')

  it.each([
    [MAX_COUNTED, true],
    [MAX_COUNTED + 1, false],
  ])('is no search for a user who has %i of them: %s', async (count, isFree) => {
    const { client, cost } = measuredClient()
    const alice = await signUp('alice', client)
    await fill(alice, count)
    const statuses = []
    for (const n of times(35)) {
      const read = () => client.get<{ todos: unknown[] }>(`/todos?${queries[n % queries.length]}`)
      const { status, d1 } = await cost(read)
      statuses.push(status)
      expect(d1).toBe(isFree ? 1 : 2)
    }
    expect(tally(statuses)).toEqual(isFree ? { 200: 35 } : { 200: 30, 429: 5 })
    expect((await client.get('/todos?isDone=false&q=x')).status).toBe(isFree ? 200 : 429)
    if (isFree) await expectNoChanges(() => client.get(`/todos?${queries[0]}`))
  })

  it('shows the same to-dos, in the same pages, as a search does', async () => {
    const alice = await signUp('alice')
    await fill(alice, 120)
    const walk = async (query: string) => {
      const shown: string[] = []
      for (let cursor = ''; ; ) {
        const { body } = await alice.client.get<TodoPage>(`/todos?${query}&limit=50${cursor && `&cursor=${cursor}`}`)
        shown.push(...body.todos.map(({ id }) => id))
        if (body.nextCursor === null) return shown
        cursor = body.nextCursor
      }
    }
    const free = []
    for (const query of queries) free.push(await walk(query))
    expect(free.map(({ length }) => length)).toEqual([120, 120, 120, 0, 120])
    await fill(alice, MAX_COUNTED)
    const first = new Set(free[0])
    for (const [n, query] of queries.entries()) {
      await forgetSearches()
      expect((await walk(`${query}`)).filter((id) => first.has(id))).toEqual(free[n])
    }
  })
})

describe('to-dos by their ids', () => {
  it('are those that are there, whoever asks for whichever, and no search', async () => {
    const { client } = await signUp('alice')
    const { client: bob } = await signUp('bob')
    const made = await makeTodos(client, [{ contents: 'a' }, { contents: 'b' }, { contents: 'c', isDone: true }])
    const [hidden] = await makeTodos(bob, [{ contents: 'hidden' }])
    const [a, b, c] = made.map(({ id }) => id)
    await client.delete(`/todos/${b}`)
    const namesBy = async (query: string) =>
      (await client.get<TodoPage>(`/todos?${query}`)).body.todos.map(({ contents }) => contents)
    for (const _ of times(35)) {
      expect(await namesBy(`ids=${c},${a},${b},${hidden?.id},${a}&sort=updatedAt&order=DESC`)).toEqual(['c', 'a'])
    }
    expect(await namesBy(`ids=${a?.toUpperCase()},${c}&isDone=true`)).toEqual(['c'])
    expect(await namesBy(`ids=${hidden?.id}`)).toEqual([])
  })

  it.each([
    ['', 422],
    ['x', 422],
    [`${idOf(1)},`, 422],
    [times(100).map(idOf).join(), 200],
    [times(101).map(idOf).join(), 422],
  ])('are up to 100: %.30s', async (ids, status) => {
    const { client } = await signUp('alice')
    expect((await client.get(`/todos?ids=${ids}`)).status).toBe(status)
  })
})

describe('searches', () => {
  it('are 30 in any minute, all kinds together, and other lists are not counted', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    await client.post('/todos', { contents: 'milk', labels: ['home'] })
    const kinds = ['q=milk', 'label=home', 'sort=updatedAt', 'isDone=false&q=milk', 'sort=dueAt']
    const search = (n = 0) => client.get(`/todos?${kinds[n % kinds.length]}`)
    for (const n of times(30)) {
      setClock(NOON + n * 1000)
      const { status, body } = await search(n)
      expect({ status, body }).toMatchObject({ status: 200, body: { todos: [{ contents: 'milk' }] } })
    }
    const refuse = async (retryAfter: string) => {
      const { status, headers, body } = await expectNoChanges(() => search())
      expect({ status, code: body.code, retryAfter: headers.get('Retry-After') }).toEqual({
        status: 429,
        code: 'rate_limited',
        retryAfter,
      })
    }
    await refuse('31')
    for (const path of ['/todos', '/todos?sort=dueAt&isDone=false', '/todos/changes']) {
      expect((await client.get(path)).status).toBe(200)
    }
    setClock(NOON + MINUTE - 1)
    await refuse('1')
    // The window slides: one second later there is room for the next one.
    for (const n of [0, 1]) {
      setClock(NOON + MINUTE + n * 1000)
      expect((await search()).status).toBe(200)
      await refuse('1')
    }
  })

  it('are 30 however many race', async () => {
    const { client } = await signUp('alice')
    const answers = await together(50, () => client.get('/todos?q=milk'))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 30, 429: 20 })
  })

  it('are counted for the user, over all devices, and for nobody else', async () => {
    const { client: phone } = await signUp('alice')
    const { client: laptop } = await logIn('alice')
    const { client: bob } = await signUp('bob')
    for (const n of times(30)) expect((await (n % 2 ? phone : laptop).get('/todos?q=milk')).status).toBe(200)
    for (const client of [phone, laptop]) expect((await client.get('/todos?q=milk')).status).toBe(429)
    expect((await bob.get('/todos?q=milk')).status).toBe(200)
  })

  it('that are refused read no to-dos, and cost one round trip like the others', async () => {
    const { client, cost, statements } = measuredClient()
    await signUp('alice', client)
    await client.post('/todos/batch', {
      operations: times(100).map((n) => ({ op: 'create', todo: { contents: `${n}` } })),
    })
    for (const _ of times(30)) await client.get('/todos?q=milk')
    expect(await cost(() => client.get('/todos?q=milk'))).toEqual({ status: 429, d1: 1, kv: 0, depth: 1 })
    const [list = '', values = []] = [...statements].find(([sql]) => sql.includes('instr(')) ?? []
    const rowsRead = async () =>
      (
        await env.DB.prepare(list)
          .bind(...values)
          .all()
      ).meta.rows_read
    expect(await rowsRead()).toBeLessThan(10)
    await forgetSearches()
    expect(await rowsRead()).toBeGreaterThan(100)
  })

  it('of a session that has ended are refused and not counted', async () => {
    const { client, session } = await signUp('alice')
    await env.DB.prepare('DELETE FROM sessions WHERE id = ?').bind(session.id).run()
    const { status, body } = await expectNoChanges(() => client.get('/todos?q=milk'))
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'unauthenticated' })
  })

  it('leave the counts of to-dos alone, and these leave theirs', async () => {
    const { client, user } = await signUp('alice', clientOf({ TODO_QUOTA_ROWS: '1' }))
    const usage = async () => ({
      ...(await countsOf(user.id)),
      searches: await env.DB.prepare('SELECT json_array_length(times) AS searches FROM todo_searches').first(
        'searches',
      ),
    })
    await client.get('/todos?q=milk')
    expect(await usage()).toEqual({ rows: 0, bytes: 0, searches: 1 })
    await client.post('/todos', { contents: 'milk' })
    expect(await usage()).toEqual({ rows: 1, bytes: 6, searches: 1 })
    await client.get('/todos?q=milk')
    expect(await usage()).toEqual({ rows: 1, bytes: 6, searches: 2 })
  })
})
