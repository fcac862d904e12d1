import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Bound } from '../../src/db/prebuilt'
import type { Position } from '../../src/http/cursor'
import { isoTime } from '../../src/lib/time'
import { selectPage } from '../../src/todos/page-sql'
import type { TodoFilter } from '../../src/todos/schemas'
import { hasDatedAndUndated, isSearch } from '../../src/todos/search-limit'
import { NO_DUE_ORDER } from '../../src/todos/tables'
import { setClock } from '../helpers/clock'
import { type Person, signUp } from '../helpers/people'

/*
 * For a list, SQLite reads one index with the rows of one user. A list that is no search reads it in the order of the sort, starting
 * at the cursor.
 */

interface Page {
  limit?: number
  after?: Position | null
}

const NOBODY = { userId: 'a', sessionId: 'b', now: 0 }

const valuesOf = ({ user, session }: Person) => ({ userId: user.id, sessionId: session.id, now: Date.now() })

/** The statement with which the Worker reads a page of a list. */
const pageOf = (caller: typeof NOBODY, filter: TodoFilter, { limit = 50, after = null }: Page = {}) =>
  selectPage({ filter, limit, after }, caller, 'UTC')

const prepare = ({ text, values }: Bound<unknown>, transform = (list: string) => list) =>
  env.DB.prepare(transform(text)).bind(...values)

/** Adds to-dos with different sort keys. Two of three have a due date, one of five is open, one of eleven is deleted. */
const fill = ({ user }: Person, count: number) =>
  env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
     INSERT INTO todos (id, user_id, contents, priority, labels, due_at, completed_at, deleted_at,
       created_at, updated_at, version, seq)
     SELECT printf('019c8d2e-7a64-7c3f-%04d-', i * 7919 % 10000) || substr(?1, 25), ?1, 'x', i / 7 % 5, '[]',
       iif(i % 3, i * 37 % 10000, NULL), iif(i % 5, i, NULL), iif(i % 11, NULL, i), i, i * 13 % 10000, 1, i FROM n`,
  )
    .bind(user.id, count)
    .run()

const SORTS = ['createdAt', 'dueAt', 'priority', 'updatedAt', 'completedAt'] as const
const ORDERS = ['ASC', 'DESC'] as const
const COLUMNS = { createdAt: 'created_at', dueAt: 'due_order' }

describe('the plan of a list', () => {
  const filters: Partial<TodoFilter>[] = [
    { priority: 'high' },
    { label: 'home' },
    { dueBefore: '2026-12-24T12:00:00.000Z' },
    { dueAfter: '2026-12-01T12:00:00.000Z' },
    { q: 'milk' },
  ]
  const subsets = [
    ...filters.reduce<Partial<TodoFilter>[]>((all, one) => all.flatMap((some) => [some, { ...some, ...one }]), [{}]),
    { hasDueDate: true },
    { hasDueDate: false },
    { hasDueDate: true, dueAfter: '2026-12-01T12:00:00.000Z' },
    { hasDueDate: false, q: 'milk' },
  ]

  /** The first page, and one whose cursor is in the list. */
  const pagesOf = ({ hasDueDate }: Partial<TodoFilter>) => [
    null,
    { at: hasDueDate === false ? NO_DUE_ORDER : 2 * Date.parse('2026-12-12T12:00:00.000Z'), id: 'a' },
  ]

  /** Open to-dos have an index by due date. All others are read as they were made. */
  const indexOf = ({ isDone }: TodoFilter) => (isDone === false ? 'dueAt' : 'createdAt')

  /** Whether the index has the order of the sort. Descending, it does not have those without a due date last. */
  const isInOrder = (filter: TodoFilter) =>
    filter.sort === indexOf(filter) &&
    !(filter.sort === 'dueAt' && filter.order === 'DESC' && hasDatedAndUndated(filter))

  /** The range that is read: it starts at the cursor if the index has the order of the sort. */
  function boundsOf(filter: TodoFilter, after: Position | null): string[] {
    const { order, dueBefore, dueAfter, hasDueDate } = filter
    const index = indexOf(filter)
    const isSorted = isInOrder(filter) && after !== null
    const cursor = isSorted ? [`(${COLUMNS[index]},id)${order === 'ASC' ? '>' : '<'}(?,?)`] : []
    const from =
      index === 'dueAt' && (dueAfter || hasDueDate === false) && !(isSorted && order === 'ASC') ? ['due_order>?'] : []
    const to =
      index === 'dueAt' && (dueBefore || dueAfter || hasDueDate) && !(isSorted && order === 'DESC')
        ? ['due_order<?']
        : []
    return ['user_id=?', ...(order === 'ASC' ? [...cursor, ...from, ...to] : [...from, ...cursor, ...to])]
  }

  const listsBy = (sort: TodoFilter['sort']) =>
    ORDERS.flatMap((order) =>
      [undefined, true, false].flatMap((isDone) =>
        subsets.flatMap((some) => pagesOf(some).map((after) => ({ filter: { sort, order, isDone, ...some }, after }))),
      ),
    )

  /** Expects each of the lists to find the session, to read that range of its index, and to sort only if it must. */
  async function expectIndexRanges(lists: ReturnType<typeof listsBy>): Promise<void> {
    const plans = await env.DB.batch<{ detail: string }>(
      lists.map(({ filter, after }) =>
        prepare(pageOf(NOBODY, filter, { after }), (list) => `EXPLAIN QUERY PLAN ${list}`),
      ),
    )
    // What limits searches is not about this list.
    const ofList = (detail: string) => /^(SEARCH (sessions|todos) |USE TEMP B-TREE)/.test(detail)
    const found = plans.map(({ results }) =>
      results.map(({ detail }) => detail.replace('LAST TERM OF ', '')).filter(ofList),
    )
    expect(found.map((plan, index) => ({ ...lists[index], plan }))).toEqual(
      lists.map(({ filter, after }) => ({
        filter,
        after,
        plan: [
          'SEARCH sessions USING INDEX sqlite_autoindex_sessions_1 (id=?)',
          `SEARCH todos USING INDEX todos_${indexOf(filter) === 'dueAt' ? 'open_by_due' : 'by_creation'} (${boundsOf(filter, after).join(' AND ')}) LEFT-JOIN`,
          ...(isInOrder(filter) ? [] : ['USE TEMP B-TREE FOR ORDER BY']),
        ],
      })),
    )
  }

  it.each(SORTS)('reads the index that it should, from the cursor on: by %s', async (sort) => {
    const lists = listsBy(sort)
    expect(lists).toHaveLength(432)
    await expectIndexRanges(lists)
  })

  it('stays the same after ANALYZE, when SQLite knows the number of rows', async () => {
    const people = [await signUp('alice'), await signUp('bob'), await signUp('carol')]
    for (const [index, person] of people.entries()) await fill(person, 1000 * (index + 1))
    await env.DB.prepare('ANALYZE').run()
    try {
      for (const sort of SORTS) await expectIndexRanges(listsBy(sort))
    } finally {
      await env.DB.batch([env.DB.prepare('DELETE FROM sqlite_stat1'), env.DB.prepare('ANALYZE sqlite_schema')])
    }
  })
})

const LARGE = 10_000

async function largeList(): Promise<Person> {
  const [alice, bob, carol] = [await signUp('alice'), await signUp('bob'), await signUp('carol')]
  for (const person of [bob, carol]) await fill(person, 2000)
  await fill(alice, LARGE)
  return alice
}

describe(`a page of 50 out of ${LARGE}`, () => {
  const range = { dueAfter: isoTime(2000), dueBefore: isoTime(8000) }
  const open = { sort: 'dueAt', isDone: false } as const
  const lists: Omit<TodoFilter, 'order'>[] = [
    { sort: 'createdAt' },
    open,
    { ...open, ...range },
    { ...open, dueAfter: range.dueAfter },
    { ...open, dueBefore: range.dueBefore },
    { ...open, hasDueDate: true },
    { ...open, hasDueDate: false },
  ]

  it('reads no other rows, on the first page, in the middle and on the last', async () => {
    const caller = valuesOf(await largeList())
    const both = lists.flatMap((list) => ORDERS.map((order) => ({ ...list, order })))
    const filters = both.filter((filter) => !isSearch(filter))
    expect(filters).toHaveLength(both.length - 1)
    for (const filter of filters) {
      const sort = filter.sort === 'dueAt' ? 'dueAt' : 'createdAt'
      const all = await prepare(pageOf(caller, filter, { limit: LARGE })).all<Record<string, string | null>>()
      expect(all.results.length).toBeGreaterThan(200)
      for (const skipped of [0, Math.floor(all.results.length / 2), all.results.length - 10]) {
        const last = all.results[skipped - 1]?.['id']
        const position = env.DB.prepare(`SELECT ${COLUMNS[sort]} AS at, id FROM todos WHERE id = ?`).bind(last ?? null)
        const after = await position.first<Position>()
        const { results, meta } = await prepare(pageOf(caller, filter, { after })).all()
        expect(results).toHaveLength(Math.min(51, all.results.length - skipped))
        // The session and its index entry, the row of the cursor, and the first row after the page.
        expect(meta.rows_read, JSON.stringify({ filter, skipped })).toBeLessThanOrEqual(results.length + 4)
      }
    }
  })
})

describe(`a search among ${LARGE}`, () => {
  const searches = SORTS.flatMap((sort) => [undefined, true, false].map((isDone) => ({ sort, isDone }))).flatMap(
    (list) => [list, { ...list, q: 'x' }, { ...list, label: 'home' }],
  )

  it('reads the to-dos of its user once, of the open ones only where it asks for these, and sorts what it shows', async () => {
    const caller = valuesOf(await largeList())
    const count = async (where: string) =>
      (await env.DB.prepare(`SELECT count(*) AS n FROM todos WHERE user_id = ? AND deleted_at IS NULL ${where}`)
        .bind(caller.userId)
        .first<number>('n')) ?? 0
    const most = { all: await count(''), open: await count('AND completed_at IS NULL') }
    for (const filter of searches.map((list) => ({ ...list, order: 'DESC' as const })).filter(isSearch)) {
      const { meta } = await prepare(pageOf(caller, filter)).all()
      const found = filter.isDone === false ? most.open : most.all
      expect(meta.rows_read, JSON.stringify(filter)).toBeLessThanOrEqual(2 * found + 60)
    }
  })
})

describe('a list of what is due on a day', () => {
  /** Days whose end in UTC is among the times of the day after, in Seoul; and times on that day. */
  const fillDay = ({ user }: Person, dueAt: number, zone: string | null, count: number) =>
    env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
       INSERT INTO todos (id, user_id, contents, priority, labels, due_at, due_zone, created_at, updated_at, version, seq)
       SELECT lower(hex(randomblob(16))), ?1, 'x', 0, '[]', ?3 + iif(?4 IS NULL, 0, i), ?4, i, i, 1,
         (SELECT coalesce(max(seq), 0) FROM todos WHERE user_id = ?1) + i FROM n`,
    )
      .bind(user.id, count, dueAt, zone)
      .run()

  it.each([
    ['dueOn', { dueOn: '2026-12-25' }, 300],
    ['overdue', { overdue: true }, 300],
  ])('reads no more than three pages, whatever else is due then: %s', async (_, only, found) => {
    // In Seoul it is the 25th, and in Honolulu still the 24th.
    const now = Date.parse('2026-12-25T05:00:00.000Z')
    setClock(now)
    const alice = await signUp('alice')
    await fillDay(alice, Date.parse('2026-12-24T23:59:59.999Z'), null, 5000)
    await fillDay(alice, Date.parse('2026-12-24T20:00:00.000Z'), 'Asia/Seoul', 300)
    const zone = 'overdue' in only ? 'Pacific/Honolulu' : 'Asia/Seoul'
    for (const order of ORDERS) {
      const filter: TodoFilter = { sort: 'dueAt', order, isDone: false, ...only }
      expect(isSearch(filter)).toBe(false)
      const read = (limit: number) => selectPage({ filter, limit, after: null }, { ...valuesOf(alice), now }, zone)
      // A range without to-dos gives a row of NULLs.
      const { results } = await prepare(read(LARGE)).all()
      expect(results.filter(({ id }) => id !== null)).toHaveLength(found)
      const { meta } = await prepare(read(50)).all()
      expect(meta.rows_read).toBeLessThan(3 * 55 * 2)
    }
  })
})
