import { eq, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import { selectRow } from '../db/select-row'
import { limits } from '../limits'
import type { TodoFilter } from './schemas'
import { todoUsage } from './tables'

/*
 * Which lists are searches, and whether a user may make one more.
 */

/** The filters of a list. `isDone` is two of them, because open and done to-dos have indexes of their own. */
const FILTERS = ['open', 'done', 'priority', 'label', 'dueBefore', 'dueAfter', 'q'] as const
type FilterName = (typeof FILTERS)[number]

/**
 * The filters that the index of each order answers. Such a list reads only the rows that it shows. With any other filter, or in
 * an order without an index (`null`), a list may read all to-dos of its user: it is a search.
 */
const indexedFilters: Record<TodoFilter['sort'], readonly FilterName[] | null> = {
  createdAt: ['open', 'done'],
  dueAt: ['open', 'dueBefore', 'dueAfter'],
  priority: ['open', 'priority'],
  updatedAt: [],
}

export function isSearch({ sort, isDone, priority, label, dueBefore, dueAfter, q }: TodoFilter): boolean {
  const isSet: Record<FilterName, boolean> = {
    open: isDone === false,
    done: isDone === true,
    priority: priority !== undefined,
    label: label !== undefined,
    dueBefore: dueBefore !== undefined,
    dueAfter: dueAfter !== undefined,
    q: q !== undefined,
  }
  const indexed = indexedFilters[sort]
  return indexed === null || FILTERS.some((name) => isSet[name] && !indexed.includes(name))
}

/*
 * The times of a user's last searches stand in one row, as a JSON array with the oldest first. So a sliding window costs one row
 * written for each search.
 */

const { quota, windowMs } = limits.searches

/** When the user may search again (ms): a window after the search `quota` places back. If that is now, a time in the past. */
export function searchFreeAt(db: Db, userId: string): SQL<number> {
  const time = sql`${todoUsage.searches} ->> ${`$[#-${quota}]`}`
  const last = db.select({ time }).from(todoUsage).where(eq(todoUsage.userId, userId))
  return sql<number>`coalesce(${last} + ${windowMs}, 0)`
}

/** The statement that counts a search, if `onlyIf` holds. */
export function countSearch(db: Db, userId: string, now: number, onlyIf: SQL) {
  const first = { userId, rows: 0, bytes: 0, lastWrite: '', searches: [now] }
  const { searches } = todoUsage
  const kept = sql`CASE WHEN json_array_length(${searches}) < ${quota} THEN ${searches} ELSE json_remove(${searches}, '$[0]') END`
  return db
    .insert(todoUsage)
    .select(selectRow(todoUsage, first, onlyIf))
    .onConflictDoUpdate({ target: todoUsage.userId, set: { searches: sql`json_insert(${kept}, '$[#]', ${now})` } })
}
