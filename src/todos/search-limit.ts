import { type SQL, sql } from 'drizzle-orm'
import type { ValueOf } from '../db/prebuilt'
import { limits, MAX_COUNTED } from '../limits'
import { type CallerValues, prebuildForCaller } from '../sessions/caller-statements'
import { sessions } from '../sessions/tables'
import type { TodoFilter } from './schemas'
import { todoSearches, todos } from './tables'

/*
 * Which lists are searches, and whether a user may make one more.
 */

/** Whether a list may have both to-dos with a due date and without one. */
export const hasDatedAndUndated = ({ dueBefore, dueAfter, hasDueDate, dueOn, overdue }: TodoFilter): boolean =>
  (dueBefore ?? dueAfter ?? hasDueDate ?? dueOn) === undefined && overdue !== true

/**
 * The subtasks of one to-do are at most 100, and have an index. So are those whose ids are given.
 *
 * Two lists read along an index in their order, and so only the rows that they show: all to-dos by creation, and the open ones by
 * due date, unless they come in descending order with those that have none. Every other list may read all to-dos of its user: it is
 * a search.
 */
export function isSearch(filter: TodoFilter): boolean {
  const { ids, sort, order, isDone, priority, label, q, listId, parentId, overdue } = filter
  if (ids !== undefined) return false
  if ((priority ?? label ?? q ?? listId) !== undefined) return true
  if (parentId !== undefined) return parentId === 'none'
  const isOpen = isDone === false || overdue === true
  if (sort === 'dueAt') return !isOpen || (order === 'DESC' && hasDatedAndUndated(filter))
  return sort !== 'createdAt' || (isDone ?? overdue) !== undefined || !hasDatedAndUndated(filter)
}

/**
 * Whether a search reads open to-dos only, and none of their texts. It does not count for a user who has few open ones: it reads no more of
 * them than counts do.
 */
export const isSearchOfOpen = ({ isDone, overdue, q }: TodoFilter): boolean =>
  (isDone === false || overdue === true) && q === undefined

/** Whether a user has few open to-dos (SQL). It reads the index only. */
export const hasFewOpen = (userId: SQL): SQL => sql`NOT EXISTS (
    SELECT 1 FROM ${todos} INDEXED BY todos_open_by_due
    WHERE ${todos.userId} = ${userId} AND ${todos.deletedAt} IS NULL AND ${todos.completedAt} IS NULL
    LIMIT 1 OFFSET ${sql.raw(`${MAX_COUNTED}`)}
  )`

/** Whether the caller has few open to-dos. It gives no row if the session has ended. */
export const selectHasFewOpen = prebuildForCaller<{ id: string; isFew: 0 | 1 }, CallerValues>(
  (value, { isLive }) =>
    sql`SELECT ${sessions.id} AS id, ${hasFewOpen(value('userId'))} AS "isFew" FROM ${sessions} WHERE ${isLive}`,
)

/*
 * The times of a user's last searches stand in one row, as a JSON array with the oldest first. So a sliding window costs one row
 * written for each search.
 */

const { quota, windowMs } = limits.searches

/** When the user may search again (ms): one window after the search `quota` places back. 0 if there are fewer searches. */
export const searchFreeAt = (value: ValueOf<CallerValues>): SQL => sql`coalesce((
    SELECT ${todoSearches.times} ->> '$[#-${sql.raw(`${quota}`)}]' FROM ${todoSearches}
    WHERE ${todoSearches.userId} = ${value('userId')}
  ) + ${windowMs}, 0)`

/** When the caller may search again (ms). It gives no row if the session has ended. */
export const selectSearchFreeAt = prebuildForCaller<{ freeAt: number }, CallerValues>(
  (value, { isLive }) => sql`SELECT ${searchFreeAt(value)} AS "freeAt" FROM ${sessions} WHERE ${isLive}`,
)

/** Counts a search if the caller may search again, and gives a row then. */
export const countSearch = prebuildForCaller<{ one: 1 }, CallerValues>((value, { whileLive }) => {
  const { times } = todoSearches
  const kept = sql`CASE WHEN json_array_length(${times}) < ${quota} THEN ${times} ELSE json_remove(${times}, '$[0]') END`
  return sql`INSERT INTO ${todoSearches} (user_id, times) SELECT ${value('userId')}, json_array(${value('now')})
    WHERE ${whileLive} AND ${searchFreeAt(value)} <= ${value('now')}
    ON CONFLICT DO UPDATE SET times = json_insert(${kept}, '$[#]', ${value('now')}) RETURNING 1 AS one`
})
