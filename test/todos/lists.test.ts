import { describe, expect, it } from 'vitest'
import { isoTime } from '../../src/lib/time'
import type { TodoInput } from '../../src/todos/schemas'
import type { Client } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { signUp } from '../helpers/people'
import { idOf, makeTodos, namesOf, pageOf } from './pages'

const NOON = Date.parse('2026-12-24T12:00:00.000Z')

/** Expects each query to list these to-dos. */
async function expectLists(client: Client, lists: Record<string, readonly string[]>): Promise<void> {
  const found: Record<string, string[]> = {}
  for (const query of Object.keys(lists)) found[query] = await namesOf(client, query)
  expect(found).toEqual(lists)
}

describe('a filter', () => {
  /** A user with these to-dos. Another user has the same. */
  async function somebodyWith(todos: Partial<TodoInput>[]): Promise<Client> {
    const [{ client }, other] = [await signUp('alice'), await signUp('bob')]
    for (const one of [client, other.client]) await makeTodos(one, todos)
    return client
  }

  it('shows only matching to-dos, alone and with other filters', async () => {
    const client = await somebodyWith([
      { contents: 'plain' },
      { contents: 'done', isDone: true },
      { contents: 'low', priority: 'low', labels: ['home', '장보기'] },
      { contents: 'urgent', priority: 'urgent', labels: ['home'], dueAt: isoTime(NOON) },
      { contents: 'urgent, done', priority: 'urgent', labels: ['home', 'work'], dueAt: isoTime(NOON), isDone: true },
      { contents: 'work', labels: ['work', 'homework'], dueAt: isoTime(NOON + 1) },
    ])
    await expectLists(client, {
      '': ['plain', 'done', 'low', 'urgent', 'urgent, done', 'work'],
      'isDone=true': ['done', 'urgent, done'],
      'isDone=false': ['plain', 'low', 'urgent', 'work'],
      'priority=none': ['plain', 'done', 'work'],
      'priority=low': ['low'],
      'priority=medium': [],
      'priority=urgent': ['urgent', 'urgent, done'],
      'label=home': ['low', 'urgent', 'urgent, done'],
      'label=work': ['urgent, done', 'work'],
      'label=%EC%9E%A5%EB%B3%B4%EA%B8%B0': ['low'],
      'label=Home': [],
      'label=%25': [],
      'isDone=true&label=home': ['urgent, done'],
      'isDone=false&priority=urgent': ['urgent'],
      'label=home&priority=low&isDone=false': ['low'],
      'label=home&dueAfter=2026-12-24T11:59:59.999Z': ['urgent', 'urgent, done'],
      'dueBefore=2026-12-24T12:00:00.001Z&isDone=false': ['urgent'],
      'priority=none&dueAfter=2026-12-24T12:00:00.001Z': ['work'],
      'label=work&priority=urgent&isDone=true&dueBefore=2027-01-01T00:00:00Z&dueAfter=2026-01-01T00:00:00Z&q=GENT': [
        'urgent, done',
      ],
      'label=work&priority=urgent&isDone=false': [],
    })
  })

  it('has what is due at `dueAfter` or later, but before `dueBefore`, in any offset', async () => {
    const client = await somebodyWith([
      { contents: 'before', dueAt: isoTime(NOON - 1) },
      { contents: 'at', dueAt: isoTime(NOON) },
      { contents: 'after', dueAt: isoTime(NOON + 1) },
      { contents: 'never' },
    ])
    const offsets = ['2026-12-24T12:00:00.000Z', '2026-12-24T21:00:00%2B09:00', '2026-12-24T06:30:00-05:30']
    for (const sort of ['createdAt', 'dueAt', 'priority', 'updatedAt']) {
      for (const noon of offsets) {
        await expectLists(client, {
          [`sort=${sort}&dueBefore=${noon}`]: ['before'],
          [`sort=${sort}&dueAfter=${noon}`]: ['at', 'after'],
          [`sort=${sort}&dueAfter=${noon}&dueBefore=${noon}`]: [],
        })
      }
      await expectLists(client, {
        [`sort=${sort}&dueAfter=${isoTime(NOON)}&dueBefore=${isoTime(NOON + 1)}`]: ['at'],
        [`sort=${sort}&dueAfter=${isoTime(NOON + 2)}`]: [],
        [`sort=${sort}&hasDueDate=true`]: ['before', 'at', 'after'],
        [`sort=${sort}&hasDueDate=false`]: ['never'],
        [`sort=${sort}&hasDueDate=false&dueAfter=${isoTime(NOON)}`]: [],
        [`sort=${sort}&hasDueDate=true&dueAfter=${isoTime(NOON)}`]: ['at', 'after'],
        [`sort=${sort}&dueBefore=${isoTime(NOON - 1)}`]: [],
      })
    }
  })

  it.each([
    ['2026-12-24T12:00:00', 'Has no offset: add Z, or one such as +09:00'],
    ['2026-12-24T12:00', 'Has no offset: add Z, or one such as +09:00'],
    ['2026-12-24T12:00:00.000+09:00', 'Has a space before the offset: a + in a query is a space, so send %2B'],
    ['2026-12-24', 'Has no time: add one with an offset, such as T18:00:00Z'],
    ['tomorrow', 'Must be a time with an offset, in ISO 8601'],
    ['', 'Must be a time with an offset, in ISO 8601'],
  ])('says what the time %s lacks, in a query and in a body', async (time, message) => {
    const { client } = await signUp('alice')
    const expectFault = ({ status, body }: { status: number; body: unknown }, path: string) =>
      expect({ status, body }).toMatchObject({
        status: 422,
        body: { errors: [{ path, code: 'invalid_format', message }] },
      })
    for (const name of ['dueAfter', 'dueBefore']) expectFault(await client.get(`/todos?${name}=${time}`), `/${name}`)
    const dueAt = time.replace('+', ' ')
    expectFault(await client.post('/todos', { contents: 'x', dueAt }), '/dueAt')
    const operations = [{ op: 'create', todo: { contents: 'x', dueAt } }]
    expectFault(await client.post('/todos/batch', { operations }), '/operations/0/todo/dueAt')
  })

  it('comes with those without a due date last, in either order, page by page', async () => {
    const dates = [null, NOON, null, NOON - 1, NOON, null, NOON + 1]
    const client = await somebodyWith(
      dates.map((at, n) => ({ contents: `${n}`, dueAt: at === null ? null : isoTime(at) })),
    )
    for (const filter of ['', '&isDone=false']) {
      const [rising, falling] = await Promise.all(
        ['ASC', 'DESC'].map((order) => namesOf(client, `sort=dueAt&limit=2&order=${order}${filter}`)),
      )
      const undated = rising?.slice(4) ?? []
      expect(undated.toSorted()).toEqual(['0', '2', '5'])
      expect(falling).toEqual([...(rising?.slice(0, 4).toReversed() ?? []), ...undated.toReversed()])
    }
  })

  it('accepts due dates from the year 0000 to 9999, and a little more with an offset', async () => {
    const [first, last] = ['0000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z']
    const client = await somebodyWith([
      { contents: 'never' },
      { contents: 'last', dueAt: last },
      { contents: 'first', dueAt: first },
    ])
    for (const [sort, dated, all, descending] of [
      ['createdAt', ['last', 'first'], ['never', 'last', 'first'], ['first', 'last', 'never']],
      ['dueAt', ['first', 'last'], ['first', 'last', 'never'], ['last', 'first', 'never']],
    ] as const) {
      await expectLists(client, {
        [`sort=${sort}&limit=1`]: all,
        [`sort=${sort}&order=DESC&limit=1`]: descending,
        [`sort=${sort}&dueAfter=${first}`]: dated,
        [`sort=${sort}&dueBefore=${last}`]: ['first'],
        [`sort=${sort}&dueBefore=${first}`]: [],
        [`sort=${sort}&dueAfter=${last}`]: ['last'],
        [`sort=${sort}&dueAfter=0000-01-01T00:00:00%2B23:59`]: dated,
        [`sort=${sort}&dueBefore=9999-12-31T23:59:59.999-23:59`]: dated,
        [`sort=${sort}&dueAfter=9999-12-31T23:59:59.999-23:59`]: [],
      })
    }
  })

  it('hides deleted to-dos until they are restored', async () => {
    const { client } = await signUp('alice')
    const todo: Partial<TodoInput> = { contents: 'milk', priority: 'low', labels: ['home'], dueAt: isoTime(NOON) }
    const made = await makeTodos(client, [todo, { ...todo, isDone: true }])
    const lists = ['', 'sort=dueAt', 'sort=priority', 'sort=updatedAt', 'isDone=false', 'isDone=true', 'priority=low']
    const others = [
      'label=home',
      'q=milk',
      `dueBefore=${isoTime(NOON + 1)}`,
      `sort=dueAt&dueAfter=${isoTime(NOON - 1)}`,
    ]
    const counts = () => Promise.all([...lists, ...others].map(async (query) => (await namesOf(client, query)).length))
    const before = await counts()
    expect(before).toEqual([2, 2, 2, 2, 1, 1, 2, 2, 2, 2, 2])
    for (const { id } of made) await client.delete(`/todos/${id}`)
    expect(await counts()).toEqual(before.map(() => 0))
    for (const { id } of made) await client.post(`/todos/${id}/restore`)
    expect(await counts()).toEqual(before)
  })

  it.each([
    ['sort', ['', 'id', 'dueat', 'due_at', 'createdAt,id']],
    ['order', ['', 'asc', 'Desc', '-1']],
    ['isDone', ['', '0', 'True', 'null']],
    ['hasDueDate', ['', '1', 'False']],
    ['priority', ['', 'High', '3', 'none,low']],
    ['label', ['', 'a'.repeat(51), '%00']],
    ['dueBefore', ['', 'x', '0', '1798113600000', '2026-12-24', '2026-12-24T12:00:00', '2026-12-24T12:00:00+09:00']],
    ['dueAfter', ['2026-02-30T00:00:00Z', '10000-01-01T00:00:00Z', '-0001-01-01T00:00:00Z', '2026-12-24T12:00:60Z']],
    ['q', ['', '%00', 'a%00b', 'a'.repeat(201), '%F0%9F%A5%9B'.repeat(201)]],
  ])('refuses invalid values of %s', async (name, values) => {
    const { client } = await signUp('alice')
    for (const value of values) {
      const { status, body } = await client.get(`/todos?${name}=${value}`)
      expect({ value, status, body }).toMatchObject({
        value,
        status: 422,
        body: { code: 'invalid_fields', errors: [{ path: `/${name}` }] },
      })
    }
  })
})

describe('a sort', () => {
  it('goes either way, with equal ones by id, and to-dos without a due date last', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    // The to-dos are made in an order that no sort gives.
    await makeTodos(client, [
      { id: idOf(9), contents: 'a9', priority: 'high' },
      { id: idOf(2), contents: 'a2', priority: 'low', dueAt: isoTime(NOON + 5) },
      { id: idOf(5), contents: 'a5', priority: 'urgent', dueAt: isoTime(NOON) },
    ])
    setClock(NOON + 1)
    await makeTodos(client, [
      { id: idOf(7), contents: 'b7', priority: 'high' },
      { id: idOf(1), contents: 'b1', priority: 'medium', dueAt: isoTime(NOON) },
      { id: idOf(3), contents: 'b3', priority: 'low', dueAt: isoTime(NOON + 5) },
      { id: idOf(4), contents: 'b4', dueAt: isoTime(-NOON) },
    ])
    setClock(NOON + 2)
    for (const n of [9, 1]) await client.patch(`/todos/${idOf(n)}`, { description: 'changed' })
    const sorts = {
      createdAt: ['a2', 'a5', 'a9', 'b1', 'b3', 'b4', 'b7'],
      updatedAt: ['a2', 'a5', 'b3', 'b4', 'b7', 'b1', 'a9'],
      dueAt: ['b4', 'b1', 'a5', 'a2', 'b3', 'b7', 'a9'],
      priority: ['b4', 'a2', 'b3', 'b1', 'b7', 'a9', 'a5'],
    }
    await expectLists(client, { '': sorts.createdAt, 'order=DESC': sorts.createdAt.toReversed() })
    for (const [sort, names] of Object.entries(sorts)) {
      for (const limit of [1, 2, 3, 6, 7, 8]) {
        await expectLists(client, {
          [`sort=${sort}&limit=${limit}`]: names,
          [`sort=${sort}&order=DESC&limit=${limit}`]:
            sort === 'dueAt' ? [...names.slice(0, 5).toReversed(), 'a9', 'b7'] : names.toReversed(),
        })
      }
    }
  })

  it('has no next page after its last to-do', async () => {
    const { client } = await signUp('alice')
    await makeTodos(
      client,
      Array.from({ length: 4 }, () => ({ priority: 'high' as const, dueAt: isoTime(NOON) })),
    )
    for (const sort of ['createdAt', 'dueAt', 'priority', 'updatedAt']) {
      for (const filter of ['', '&isDone=false', '&priority=high', `&dueAfter=${isoTime(NOON - 1)}`]) {
        const { todos, nextCursor } = await pageOf(client, `sort=${sort}${filter}&limit=2`)
        const next = await pageOf(client, `sort=${sort}${filter}&limit=2&cursor=${nextCursor}`)
        expect(new Set([...todos, ...next.todos].map(({ id }) => id)).size).toBe(4)
        expect(next.nextCursor).toBeNull()
      }
    }
  })
})
