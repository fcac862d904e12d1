import type { Context } from 'hono'
import type { AppEnv } from '../context'
import { AppError } from '../errors'
import type { Position } from '../http/cursor'
import { readAsCaller } from '../sessions/caller-statements'
import { tooMany } from '../too-many'
import { type PageOfTodos, selectPage, undatedValueOf } from './page-sql'
import type { Todo, TodoFilter } from './schemas'
import { countSearch, isSearch, selectSearchFreeAt } from './search-limit'
import { type TodoRow, toTodo } from './todo'

/** `dueOrder`, as SQLite makes it. Null without a due date. */
const dueOrderOf = ({ dueAt, dueZone }: TodoRow): number | null =>
  dueAt === null ? null : dueAt * 2 + (dueZone === null ? 1 : 0)

const sortValue = (row: TodoRow, filter: TodoFilter): number =>
  filter.sort === 'dueAt' ? (dueOrderOf(row) ?? undatedValueOf(filter)) : row[filter.sort]

/**
 * The rows of a page that is a search. One transaction reads them and counts the search, if the user may search again.
 * @throws {AppError} `rate_limited`, or `unauthenticated` when the session has ended
 */
async function searchTodos(
  { var: { db, caller } }: Context<AppEnv>,
  page: PageOfTodos,
  now: number,
): Promise<TodoRow[]> {
  const values = { ...caller, now }
  // If D1 loses the answer, the search runs again and may be counted twice.
  const { window, found, counted } = await db.repeatable().rowsOfEach({
    window: selectSearchFreeAt(values),
    found: selectPage(page, values),
    counted: countSearch(values),
  })
  const [search] = window
  if (!search) throw new AppError('unauthenticated')
  if (counted.length === 0) throw tooMany('searches', search.freeAt - now)
  return found.filter((row) => row.id !== null)
}

/**
 * A page of the caller's to-dos, and the position after which the next page starts. A position is a row, not a number of rows. So
 * to-dos that come or go meanwhile do not move the others to another page.
 * @throws {AppError} `rate_limited` for one search too many; `unauthenticated`
 */
export async function listTodos(
  c: Context<AppEnv>,
  page: PageOfTodos,
  now: number,
): Promise<{ todos: Todo[]; next: Position | null }> {
  const rows = isSearch(page.filter)
    ? await searchTodos(c, page, now)
    : await readAsCaller(c, selectPage(page, { ...c.get('caller'), now }))
  const shown = rows.slice(0, page.limit)
  const last = rows.length > page.limit ? shown.at(-1) : undefined
  return { todos: shown.map(toTodo), next: last ? { at: sortValue(last, page.filter), id: last.id } : null }
}
