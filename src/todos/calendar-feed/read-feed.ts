import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client'
import { prebuild, selectionOf } from '../../db/prebuilt'
import { DAY_MS } from '../../lib/time'
import { users } from '../../users/tables'
import { todos } from '../tables'
import { isGood } from './calendar-feed'
import { calendarFeeds } from './tables'

/** How many events a feed has at most, and so how many to-dos are read. */
export const MAX_EVENTS = 1000

/** What has been due for longer is only in the list of to-dos. */
const OVERDUE_MS = 366 * DAY_MS
/** Calendars know no year 10,000, and to-dos without a due date come after that. */
const LATER_MS = 100 * 366 * DAY_MS

const columns = {
  id: todos.id,
  contents: todos.contents,
  description: todos.description,
  dueAt: todos.dueAt,
  dueZone: todos.dueZone,
  recurrence: todos.recurrence,
  updatedAt: todos.updatedAt,
}

/** A to-do with a due date, as D1 gives it. */
export type DueTodo = Pick<typeof todos.$inferSelect, Exclude<keyof typeof columns, 'dueAt'>> & { dueAt: number }

type FeedRow = { timeZone: string | null } & (DueTodo | { id: null })

/**
 * A unique column with one value is one row, so the to-dos come in the order of their index, and no more than `rows` of them are read. With
 * `IN`, all would be sorted.
 */
const selectFeedTodos = prebuild<
  FeedRow,
  { mac: string; otherMac: string; since: number; until: number; rows: number }
>(
  (value) => sql`SELECT ${users.timeZone} AS "timeZone", ${selectionOf(columns)} FROM ${calendarFeeds}
    JOIN ${users} ON ${isGood}
    LEFT JOIN ${todos} ON ${todos.userId} = ${calendarFeeds.userId} AND ${todos.deletedAt} IS NULL
      AND ${todos.completedAt} IS NULL AND ${todos.dueOrder} >= ${value('since')} AND ${todos.dueOrder} < ${value('until')}
    WHERE ${calendarFeeds.tokenMac} = coalesce(
      (SELECT token_mac FROM ${calendarFeeds} WHERE token_mac = ${value('mac')}), ${value('otherMac')})
    ORDER BY ${todos.dueOrder}, ${todos.id} LIMIT ${value('rows')}`,
)

/**
 * The open to-dos of a feed that have a due date, the earliest first.
 * @param macs of the token, one for each key
 * @returns null if no link with this token is good
 * @throws {AppError} `unavailable`
 */
export async function readFeed(
  db: Db,
  [mac, otherMac = mac]: [string, ...string[]],
  now: number,
): Promise<{ timeZone: string; todos: DueTodo[] } | null> {
  const range = { since: 2 * (now - OVERDUE_MS), until: 2 * (now + LATER_MS) }
  const rows = await db.rowsOf(selectFeedTodos({ mac, otherMac, ...range, rows: MAX_EVENTS }))
  const [first] = rows
  if (!first) return null
  return { timeZone: first.timeZone ?? 'UTC', todos: rows.filter((row) => row.id !== null) }
}
