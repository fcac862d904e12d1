import { type SQL, sql } from 'drizzle-orm'
import type { ValueOf } from '../db/prebuilt'
import { limits } from '../limits'
import { type CallerValues, prebuildForCaller } from '../sessions/caller-statements'
import { sessions } from '../sessions/tables'
import type { TodoFilter } from './schemas'
import { todoSearches } from './tables'

/*
 * Which lists are searches, and whether a user may make one more.
 */

/** Whether a list may have both to-dos with a due date and without one. */
export const hasDatedAndUndated = ({ dueBefore, dueAfter, hasDueDate, dueOn, overdue }: TodoFilter): boolean =>
  (dueBefore ?? dueAfter ?? hasDueDate ?? dueOn) === undefined && overdue !== true

/**
 * The subtasks of one to-do are at most 100, and have an index.
 *
 * Two lists read along an index in their order, and so only the rows that they show: all to-dos by creation, and the open ones by
 * due date, unless they come in descending order with those that have none. Every other list may read all to-dos of its user: it is
 * a search.
 */
export function isSearch(filter: TodoFilter): boolean {
  const { sort, order, isDone, priority, label, q, listId, parentId, overdue } = filter
  if ((priority ?? label ?? q ?? listId) !== undefined) return true
  if (parentId !== undefined) return parentId === 'none'
  const isOpen = isDone === false || overdue === true
  if (sort === 'dueAt') return !isOpen || (order === 'DESC' && hasDatedAndUndated(filter))
  return sort !== 'createdAt' || (isDone ?? overdue) !== undefined || !hasDatedAndUndated(filter)
}

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
