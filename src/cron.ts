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
import { KEY_LIFE_MS } from './todos/idempotency'
import { idempotencyKeys, todos } from './todos/tables'

/** Rows a statement, and statements a run: far below D1's 30 s, and within the 50 statements of the Free plan. */
const BATCH_ROWS = 1000
const MAX_STATEMENTS = 48

/**
 * Removes what counts nowhere any more, in bounded batches; what is left goes with the next run. A table that fails does not keep
 * the others from theirs.
 * @returns how many rows of each table are gone; null where it failed
 */
export async function purge(db: Db, now: number): Promise<Record<string, number | null>> {
  const day = Math.floor(now / DAY_MS)
  const tables = {
    sessions: oldest(db, sessions, sessions.id, sessions.expiresAt, now),
    activity: oldest(db, activity, activity.id, activity.at, now - ACTIVITY_LIFE_MS),
    throttles: oldest(db, logInThrottle, logInThrottle.key, logInThrottle.lastFailureAt, now - FORGET_AFTER_MS),
    // Wrong guesses count for a day, and none is counted after the code's end.
    guards: oldest(db, otpGuards, otpGuards.key, otpGuards.expiresAt, now - DAY_MS),
    sends: oldest(db, otpSends, otpSends.challengeId, otpSends.sentAt, now - DAY_MS),
    notices: oldest(db, noticeSends, noticeSends.id, noticeSends.sentAt, now - DAY_MS),
    smsDays: oldest(db, smsDays, smsDays.day, smsDays.day, day - 2),
    spentTokens: oldest(db, spentTokens, spentTokens.jti, spentTokens.expiresAt, now),
    deletedTodos: oldest(db, todos, todos.id, todos.deletedAt, now - TOMBSTONE_LIFE_MS),
    idempotencyKeys: oldest(db, idempotencyKeys, sql`rowid`, idempotencyKeys.usedAt, now - KEY_LIFE_MS),
  }
  const removed: Record<string, number | null> = {}
  let todo = Object.entries(tables)
  for (let statements = 0; todo.length > 0 && statements < MAX_STATEMENTS; ) {
    const unfinished: typeof todo = []
    for (const [name, remove] of todo) {
      if (statements++ >= MAX_STATEMENTS) break
      const changes = await remove().catch(() => null)
      removed[name] = changes === null ? null : (removed[name] ?? 0) + changes
      if (changes === BATCH_ROWS) unfinished.push([name, remove])
    }
    todo = unfinished
  }
  return removed
}

/** Removes the oldest rows, up to a batch of them, and tells how many. */
const oldest = (db: Db, table: SQLiteTable, key: SQLiteColumn | SQL, age: SQLiteColumn, until: number) => async () => {
  const rows = db.select({ key }).from(table).where(lte(age, until)).limit(BATCH_ROWS)
  return (await db.delete(table).where(inArray(sql`${key}`, rows))).meta.changes
}
