import { and, eq, gte, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { HOUR_MS } from '../lib/time'
import { hourCounts } from './tables'

/*
 * Counts by the hour of the clock (UTC). A count is one row, whatever its limit is, so a high limit costs no more than a low one.
 */

const hourOf = (now: number): number => Math.floor(now / HOUR_MS)

/** How long this hour still lasts (ms). */
export const restOfHour = (now: number): number => HOUR_MS - (now % HOUR_MS)

/** True while `key` has been counted less than `quota` times in this hour. */
export const isBelow = (db: Db, { key, quota }: { key: string; quota: number }, now: number): SQL =>
  quota === 0
    ? sql`false`
    : sql`NOT ${existsRow(
        db,
        hourCounts,
        and(eq(hourCounts.hour, hourOf(now)), eq(hourCounts.key, key), gte(hourCounts.count, quota)),
      )}`

/** The statement that counts each of the keys once in this hour if `onlyIf` holds. It gives the counts. */
export const countInHour = (db: Db, keys: readonly string[], now: number, onlyIf: SQL) =>
  db
    .insert(hourCounts)
    .select(sql`SELECT value, ${hourOf(now)}, 1 FROM json_each(${JSON.stringify(keys)}) WHERE ${onlyIf}`)
    .onConflictDoUpdate({ target: [hourCounts.hour, hourCounts.key], set: { count: sql`${hourCounts.count} + 1` } })
    .returning({ count: hourCounts.count })
