import { type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'

/*
 * Ids that are times. SQLite keeps a table in the order of its integer primary key, so such a table needs no index to find its
 * oldest rows. An index would be one more row written for each row.
 */

const US_PER_MS = 1000

/** SQL for the id of a row that is made at `now` (ms): the time in µs, or one more than the greatest id if that is higher. */
export const nextTimeId = (id: SQLiteColumn, now: number): SQL<number> =>
  sql<number>`max(${now * US_PER_MS}, coalesce((SELECT max(${id}) FROM ${id.table}), 0) + 1)`

/** All rows that were made up to a time (ms) have ids up to this one. */
export const lastTimeIdAt = (ms: number): number => ms * US_PER_MS

/** When the row with this id was made (ms). */
export const msOfTimeId = (id: number): number => id / US_PER_MS
