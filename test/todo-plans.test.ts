import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { openDb } from '../src/db/client'
import type { Position } from '../src/http/cursor'
import { isoTime } from '../src/lib/time'
import { selectTodos } from '../src/todos/list'
import type { TodoFilter } from '../src/todos/schemas'
import { signUp } from './helpers/people'

/* What SQLite does for a list: it walks one index of one user's rows, in the order of the sort, from the cursor on. */

const db = openDb(env.DB, 'first-primary')

/** A list as the Worker asks D1 for it, or another statement about it. */
function prepare(
  userId: string,
  filter: TodoFilter,
  {
    limit = 50,
    after = null,
    about = (list: string) => list,
  }: Partial<{
    limit: number
    after: Position | null
    about: (list: string) => string
  }> = {},
): D1PreparedStatement {
  const { sql, params } = selectTodos(db, userId, filter, limit, after).toSQL()
  return env.DB.prepare(about(sql)).bind(...params)
}

const SORTS = ['createdAt', 'dueAt', 'priority', 'updatedAt'] as const
const ORDERS = ['ASC', 'DESC'] as const
const COLUMNS = { createdAt: 'created_at', dueAt: 'due_order', priority: 'priority', updatedAt: 'updated_at' }

describe('the plan of a list', () => {
  const filters: Partial<TodoFilter>[] = [
    { priority: 'high' },
    { label: 'home' },
    { dueBefore: '2026-12-24T12:00:00.000Z' },
    { dueAfter: '2026-12-01T12:00:00.000Z' },
    { q: 'milk' },
  ]
  const subsets = filters.reduce<Partial<TodoFilter>[]>(
    (all, one) => all.flatMap((some) => [some, { ...some, ...one }]),
    [{}],
  )
  const pages = [null, { at: 1, id: 'a' }]

  function indexOf({ sort, isDone }: TodoFilter): string {
    if (sort === 'updatedAt') return 'todos_by_update'
    if (sort === 'createdAt') return `todos_${isDone === undefined ? '' : isDone ? 'done_' : 'open_'}by_creation`
    return `todos_${isDone === false ? 'open_' : ''}by_${sort === 'dueAt' ? 'due' : 'priority'}`
  }

  /** Where the walk begins and ends: at the cursor rather than where the list does. */
  function boundsOf({ sort, order, priority, dueBefore, dueAfter }: TodoFilter, after: Position | null): string[] {
    const than = order === 'ASC' ? '>' : '<'
    if (sort === 'priority' && priority) return ['user_id=?', 'priority=?', ...(after ? [`id${than}?`] : [])]
    const cursor = after ? [`(${COLUMNS[sort]},id)${than}(?,?)`] : []
    const from = sort === 'dueAt' && dueAfter ? ['due_order>?'] : []
    const to = sort === 'dueAt' && (dueBefore || dueAfter) ? ['due_order<?'] : []
    if (!after) return ['user_id=?', ...from, ...to]
    return order === 'ASC' ? ['user_id=?', ...cursor, ...to] : ['user_id=?', ...from, ...cursor]
  }

  it.each(SORTS)('walks the one index that has its order, from the cursor on: by %s', async (sort) => {
    const lists = ORDERS.flatMap((order) =>
      [undefined, true, false].flatMap((isDone) =>
        subsets.flatMap((some) => pages.map((after) => ({ filter: { sort, order, isDone, ...some }, after }))),
      ),
    )
    const plans = await env.DB.batch<{ detail: string }>(
      lists.map(({ filter, after }) => prepare('a', filter, { after, about: (list) => `EXPLAIN QUERY PLAN ${list}` })),
    )
    expect(plans).toHaveLength(384)
    expect(plans.map(({ results }, index) => ({ ...lists[index], plan: results.map(({ detail }) => detail) }))).toEqual(
      lists.map(({ filter, after }) => ({
        filter,
        after,
        plan: [
          `SEARCH todos USING INDEX ${indexOf(filter)} (${boundsOf(filter, after).join(' AND ')})`,
          ...(filter.label ? ['SCAN json_each EXISTS VIRTUAL TABLE INDEX 1:'] : []),
        ],
      })),
    )
  })
})

describe('a page of 50 out of 10,000', () => {
  /** To-dos that differ in what they can be sorted by; a due date for two of three, one of five open, one of eleven deleted. */
  const fill = (userId: string, count: number) =>
    env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
       INSERT INTO todos (id, user_id, contents, priority, labels, due_at, completed_at, deleted_at,
         created_at, updated_at, version, seq)
       SELECT printf('019c8d2e-7a64-7c3f-%04d-', i * 7919 % 10000) || substr(?1, 25), ?1, 'x', i / 7 % 5, '[]',
         iif(i % 3, i * 37 % 10000, NULL), iif(i % 5, i, NULL), iif(i % 11, NULL, i), i, i * 13 % 10000, 1, i FROM n`,
    )
      .bind(userId, count)
      .run()

  const range = { dueAfter: isoTime(2000), dueBefore: isoTime(8000) }
  const lists: Omit<TodoFilter, 'order'>[] = [
    ...SORTS.map((sort) => ({ sort })),
    ...(['createdAt', 'dueAt', 'priority'] as const).map((sort) => ({ sort, isDone: false })),
    { sort: 'createdAt', isDone: true },
    { sort: 'dueAt', dueAfter: range.dueAfter },
    { sort: 'dueAt', dueBefore: range.dueBefore },
    { sort: 'dueAt', ...range },
    { sort: 'dueAt', isDone: false, ...range },
    { sort: 'priority', priority: 'high' },
    { sort: 'priority', isDone: false, priority: 'none' },
  ]

  it('reads no other rows, on the first page, in the middle and on the last', async () => {
    const [alice, bob, carol] = [await signUp('alice'), await signUp('bob'), await signUp('carol')]
    for (const { user } of [bob, carol]) await fill(user.id, 2000)
    await fill(alice.user.id, 10_000)
    const all = { limit: 10_000 }
    for (const list of lists) {
      for (const order of ORDERS) {
        const filter = { ...list, order }
        const counting = prepare(alice.user.id, filter, {
          ...all,
          about: (sql) => `SELECT count(*) AS n FROM (${sql})`,
        })
        const count = (await counting.first<number>('n')) ?? 0
        expect(count).toBeGreaterThan(500)
        for (const skipped of [0, Math.floor(count / 2), count - 10]) {
          const position = `SELECT ${COLUMNS[filter.sort]} AS at, id FROM`
          const last = prepare(alice.user.id, filter, {
            ...all,
            about: (sql) => `${position} (${sql}) LIMIT 1 OFFSET ${skipped - 1}`,
          })
          const after = skipped === 0 ? null : await last.first<Position>()
          const { results, meta } = await prepare(alice.user.id, filter, { after }).all()
          expect(results).toHaveLength(Math.min(51, count - skipped))
          // The two are that of the cursor and the one behind the end.
          expect({ filter, skipped, read: Math.max(meta.rows_read, results.length + 2) }).toEqual({
            filter,
            skipped,
            read: results.length + 2,
          })
        }
      }
    }
  })
})
