import { inArray, lte, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { ACTIVITY_LIFE_MS } from './activity/activity'
import { activity } from './activity/tables'
import type { Db } from './db/client'
import { smsDays } from './delivery/tables'
import { DAY_MS } from './lib/time'
import { otpGuards, otpSends } from './log-in/code/tables'
import { logInThrottle } from './log-in/password/tables'
import { FORGET_AFTER_MS } from './log-in/password/throttle'
import { spentTokens } from './log-in/tables'
import { noticeSends } from './notices/tables'
import { sessions } from './sessions/tables'
import { TOMBSTONE_LIFE_MS } from './todos/changes'
import { IDEMPOTENCY_KEY_LIFE_MS } from './todos/idempotency'
import { idempotencyKeys, todos } from './todos/tables'

/** How many rows one statement removes, so that it takes far less than the 30 s that D1 allows. */
const BATCH_ROWS = 1000
/** How many statements one run may have: the Free plan allows 50. */
const MAX_STATEMENTS = 48

/** The rows of a table that are no longer needed: those whose `time` is at or before `until` (both in ms; days for `smsDays`). */
interface OldRows {
  table: SQLiteTable
  key: SQLiteColumn | SQL
  time: SQLiteColumn
  until: number
}

const oldRows = (now: number): Record<string, OldRows> => ({
  sessions: { table: sessions, key: sessions.id, time: sessions.expiresAt, until: now },
  activity: { table: activity, key: activity.id, time: activity.at, until: now - ACTIVITY_LIFE_MS },
  throttles: {
    table: logInThrottle,
    key: logInThrottle.key,
    time: logInThrottle.lastFailureAt,
    until: now - FORGET_AFTER_MS,
  },
  // Wrong guesses count for a day, and no guess counts after the code has expired.
  guards: { table: otpGuards, key: otpGuards.key, time: otpGuards.expiresAt, until: now - DAY_MS },
  sends: { table: otpSends, key: otpSends.challengeId, time: otpSends.sentAt, until: now - DAY_MS },
  notices: { table: noticeSends, key: noticeSends.id, time: noticeSends.sentAt, until: now - DAY_MS },
  smsDays: { table: smsDays, key: smsDays.day, time: smsDays.day, until: Math.floor(now / DAY_MS) - 2 },
  spentTokens: { table: spentTokens, key: spentTokens.jti, time: spentTokens.expiresAt, until: now },
  deletedTodos: { table: todos, key: todos.id, time: todos.deletedAt, until: now - TOMBSTONE_LIFE_MS },
  idempotencyKeys: {
    table: idempotencyKeys,
    key: sql`rowid`,
    time: idempotencyKeys.usedAt,
    until: now - IDEMPOTENCY_KEY_LIFE_MS,
  },
})

/**
 * Removes the rows that are no longer needed, in batches. What one run does not finish, the next one does. If one table fails,
 * the others are still purged.
 * @returns how many rows of each table were removed; null for a table that failed
 */
export async function purge(db: Db, now: number): Promise<Record<string, number | null>> {
  const removed: Record<string, number | null> = {}
  let pending = Object.entries(oldRows(now))
  for (let statements = 0; pending.length > 0 && statements < MAX_STATEMENTS; ) {
    const haveMore: typeof pending = []
    for (const [name, rows] of pending) {
      if (statements++ >= MAX_STATEMENTS) break
      const count = await removeBatch(db, rows).catch(() => null)
      removed[name] = count === null ? null : (removed[name] ?? 0) + count
      if (count === BATCH_ROWS) haveMore.push([name, rows])
    }
    pending = haveMore
  }
  return removed
}

/** Removes up to `BATCH_ROWS` of these rows, and tells how many. */
async function removeBatch(db: Db, { table, key, time, until }: OldRows): Promise<number> {
  const keys = db.select({ key }).from(table).where(lte(time, until)).limit(BATCH_ROWS)
  return (await db.delete(table).where(inArray(sql`${key}`, keys))).meta.changes
}
