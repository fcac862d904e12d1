import { and, asc, desc, eq, gt, isNotNull, isNull, lt, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Variables } from '../context'
import type { Db } from '../db/client'
import type { Position } from '../http/cursor'
import { asCaller } from '../sessions/as-caller'
import { tooMany } from '../too-many'
import { foldText } from './fold'
import { PRIORITIES, type Todo, type TodoFilter } from './schemas'
import { countSearch, isSearch, searchFreeAt } from './search-limit'
import { NO_DUE_DATE, todos } from './tables'
import { type TodoRow, todoColumns, toTodo, undeletedOf } from './todo'

/** A page of a list: the filter and order of the list, how many to-dos it has at most, and where the page before it ended. */
export interface PageOfTodos {
  filter: TodoFilter
  limit: number
  after: Position | null
}

const sortColumns = {
  createdAt: todos.createdAt,
  dueAt: todos.dueOrder,
  priority: todos.priority,
  updatedAt: todos.updatedAt,
} as const

const sortValue = (row: TodoRow, sort: TodoFilter['sort']): number => (sort === 'dueAt' ? row.dueOrder : row[sort])

/** With a `+` before a column, SQLite uses no index for the comparison. */
const comparable = (column: SQLiteColumn, usesIndex: boolean): SQL => (usesIndex ? sql`${column}` : sql`+${column}`)

/**
 * The condition of a page: what the filter shows, after a position.
 *
 * Every sort has an index of the user's rows in its order, and SQLite should read along that index, starting at the cursor. So a
 * comparison may use an index only on the sorted column, and only on the side where the cursor sets no bound. On another column,
 * SQLite could choose another index and sort the rows itself. With two bounds on one side, SQLite starts at one of them: if that
 * is not the cursor, every page reads all earlier pages again.
 */
function pageCondition(userId: string, filter: TodoFilter, after: Position | null) {
  const { sort, order, isDone, priority, label, dueBefore, dueAfter, q } = filter
  const cursorIs = after && (order === 'ASC' ? 'lower bound' : 'upper bound')
  const priorityColumn = comparable(todos.priority, sort === 'priority')
  const dueAfterColumn = comparable(todos.dueOrder, sort === 'dueAt' && cursorIs !== 'lower bound')
  const dueBeforeColumn = comparable(todos.dueOrder, sort === 'dueAt' && cursorIs !== 'upper bound')
  // With an offset such as -12:00, `dueBefore` can be later than NO_DUE_DATE. To-dos without a due date must still not be found.
  const dueEnd = dueBefore === undefined ? NO_DUE_DATE : Math.min(Date.parse(dueBefore), NO_DUE_DATE)
  return and(
    undeletedOf(userId),
    isDone === undefined ? undefined : isDone ? isNotNull(todos.completedAt) : isNull(todos.completedAt),
    priority && eq(priorityColumn, PRIORITIES.indexOf(priority)),
    dueAfter === undefined ? undefined : gt(dueAfterColumn, Date.parse(dueAfter)),
    (dueBefore ?? dueAfter) === undefined ? undefined : lt(dueBeforeColumn, dueEnd),
    label === undefined ? undefined : sql`EXISTS (SELECT 1 FROM json_each(${todos.labels}) WHERE value = ${label})`,
    q === undefined ? undefined : contains(foldText(q)),
    after ? isAfter(after, filter) : undefined,
  )
}

/** True of the rows after a position in the order of the list. */
function isAfter({ at, id }: Position, { sort, order, priority }: TodoFilter): SQL {
  const comparison = sql.raw(order === 'ASC' ? '>' : '<')
  // All rows of the list have this priority, so they are in the order of their ids.
  if (sort === 'priority' && priority) return sql`${todos.id} ${comparison} ${id}`
  return sql`(${sortColumns[sort]}, ${todos.id}) ${comparison} (${at}, ${id})`
}

/** Not LIKE: it gives `%` and `_` a special meaning, and D1 refuses its patterns of more than 50 bytes. */
const contains = (folded: string): SQL =>
  sql`(instr(${todos.foldedContents}, ${folded}) OR instr(${todos.foldedDescription}, ${folded}))`

/** The query of a page. It asks for one row more, which tells whether there is another page. It finds nothing unless `onlyIf` holds. */
export function selectTodos(db: Db, userId: string, { filter, limit, after }: PageOfTodos, onlyIf?: SQL) {
  return db
    .select(todoColumns)
    .from(todos)
    .where(and(onlyIf, pageCondition(userId, filter, after)))
    .orderBy(...[sortColumns[filter.sort], todos.id].map(filter.order === 'ASC' ? asc : desc))
    .limit(limit + 1)
}

/**
 * The rows of a page that is a search. In one transaction it is counted and read, if there is room for one more.
 * @throws {AppError} `rate_limited`, or `unauthenticated` when the session has ended
 */
async function searchTodos({ db, caller }: Reader, page: PageOfTodos, now: number): Promise<TodoRow[]> {
  const { userId } = caller
  const freeAt = searchFreeAt(db, userId)
  // If the answer of D1 is lost, the search is read again, and counted twice.
  const results = await asCaller(db.repeatable(), caller, now, (whileLive) => {
    const mayRead = sql`${whileLive} AND ${freeAt} <= ${now}`
    return {
      window: db.select({ freeAt }).from(sql`(SELECT 1)`),
      rows: selectTodos(db, userId, page, mayRead),
      counted: countSearch(db, userId, now, mayRead),
    }
  })
  if (results.counted.meta.changes === 0) throw tooMany('searches', (results.window[0]?.freeAt ?? now) - now)
  return results.rows
}

/** Whose to-dos are listed. */
type Reader = Pick<Variables, 'db' | 'caller'>

/**
 * A page of the user's to-dos, and the position after which the next page starts. A position is a row, not a number of rows. So
 * to-dos that come or go meanwhile do not move the others to another page.
 * @throws {AppError} `rate_limited` for one search too many
 */
export async function listTodos(
  reader: Reader,
  page: PageOfTodos,
  now: number,
): Promise<{ todos: Todo[]; next: Position | null }> {
  const { db, caller } = reader
  const rows = await (isSearch(page.filter) ? searchTodos(reader, page, now) : selectTodos(db, caller.userId, page))
  const shown = rows.slice(0, page.limit)
  const last = rows.length > page.limit ? shown.at(-1) : undefined
  return { todos: shown.map(toTodo), next: last ? { at: sortValue(last, page.filter.sort), id: last.id } : null }
}
