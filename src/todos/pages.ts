import { sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../context'
import { prebuild } from '../db/prebuilt'
import { AppError } from '../errors'
import type { Position } from '../http/cursor'
import { readAsCaller, readBesides } from '../sessions/caller-statements'
import { tooMany } from '../too-many'
import { selectZone } from '../users/zone'
import { dueOrderOf } from './due'
import { type Here, needsZone } from './due-ranges'
import { openValueOf, type PageOfTodos, selectPage, undatedValueOf } from './page-sql'
import type { Todo, TodoFilter } from './schemas'
import { countSearch, isSearch, isSearchOfOpen, selectHasFewOpen, selectSearchFreeAt } from './search-limit'
import { positionOf, type TodoRow, toTodo } from './todo'

function sortValue(row: TodoRow, filter: TodoFilter): number | string {
  const { dueAt, dueZone, completedAt } = row
  if (filter.sort === 'dueAt') return dueAt === null ? undatedValueOf(filter) : dueOrderOf({ dueAt, dueZone })
  if (filter.sort === 'completedAt') return completedAt ?? openValueOf(filter)
  return filter.sort === 'position' ? positionOf(row) : row[filter.sort]
}

const zoneOfProfile = prebuild<{ zone: string }, { userId: string }>(
  (value) => sql`SELECT ${selectZone(value('userId'))} AS zone`,
)

/** The zone in which the list is read. Only lists that depend on it ask for that of the profile. */
async function zoneFor({ var: { db, caller } }: Context<AppEnv>, { filter }: PageOfTodos): Promise<string> {
  if (filter.timeZone !== undefined || !needsZone(filter)) return filter.timeZone ?? 'UTC'
  const [profile] = await db.rowsOf(zoneOfProfile({ userId: caller.userId }))
  return profile?.zone ?? 'UTC'
}

/**
 * The rows of a page that is a search. One transaction reads them and counts the search, if the user may search again.
 * @throws {AppError} `rate_limited`, or `unauthenticated` when the session has ended
 */
async function searchTodos(
  { var: { db, caller } }: Context<AppEnv>,
  page: PageOfTodos,
  { now, zone }: Here,
): Promise<TodoRow[]> {
  const values = { ...caller, now }
  // If D1 loses the answer, the search runs again and may be counted twice.
  const { window, found, counted } = await db.repeatable().rowsOfEach({
    window: selectSearchFreeAt(values),
    found: selectPage(page, values, zone),
    counted: countSearch(values),
  })
  const [search] = window
  if (!search) throw new AppError('unauthenticated')
  if (counted.length === 0) throw tooMany('searches', search.freeAt - now)
  return found.filter((row) => row.id !== null)
}

/**
 * The rows of a page that would be a search if its user had many open to-dos. Null if that is so.
 * @throws {AppError} `unauthenticated`
 */
async function readFew(c: Context<AppEnv>, page: PageOfTodos, { now, zone }: Here): Promise<TodoRow[] | null> {
  const values = { ...c.get('caller'), now }
  const { rows, beside } = await readBesides(
    c,
    selectHasFewOpen(values),
    selectPage({ ...page, isOfFew: true }, values, zone),
  )
  return rows[0]?.isFew ? beside.filter((row) => row.id !== null) : null
}

/** @throws {AppError} `rate_limited`, `unauthenticated` */
async function readRows(c: Context<AppEnv>, page: PageOfTodos, here: Here): Promise<TodoRow[]> {
  if (!isSearch(page.filter)) {
    return readAsCaller(c, selectPage(page, { ...c.get('caller'), now: here.now }, here.zone))
  }
  const few = isSearchOfOpen(page.filter) ? await readFew(c, page, here) : null
  return few ?? searchTodos(c, page, here)
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
  const zone = await zoneFor(c, page)
  const rows = await readRows(c, page, { now, zone })
  const shown = rows.slice(0, page.limit)
  const last = rows.length > page.limit ? shown.at(-1) : undefined
  return { todos: shown.map(toTodo), next: last ? { at: sortValue(last, page.filter), id: last.id } : null }
}
