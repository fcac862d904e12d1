import { inArray, lte } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { FORGET_AFTER_MS } from './auth/log-in-limits'
import type { Db } from './db/client'
import { logInThrottle, otpGuards, otpSends, sessions, smsDays, spentTokens } from './db/schema'
import { DAY_MS } from './lib/time'

/** Rows a statement, and statements a table and run: a run stays far below D1's 30 s and 1,000 statements. */
const BATCH_ROWS = 500
const MAX_BATCHES = 20

/**
 * Removes what counts nowhere any more, in bounded batches; what is left goes with the next run.
 * @returns how many rows of each table are gone
 */
export async function purge(db: Db, now: number) {
  return {
    sessions: await removeUntil(db, sessions, sessions.id, sessions.expiresAt, now),
    throttles: await removeUntil(
      db,
      logInThrottle,
      logInThrottle.key,
      logInThrottle.lastFailureAt,
      now - FORGET_AFTER_MS,
    ),
    // Wrong guesses count for a day, and none is counted after the code's end.
    guards: await removeUntil(db, otpGuards, otpGuards.key, otpGuards.expiresAt, now - DAY_MS),
    sends: await removeUntil(db, otpSends, otpSends.challengeId, otpSends.sentAt, now - DAY_MS),
    smsDays: await removeUntil(db, smsDays, smsDays.day, smsDays.day, Math.floor(now / DAY_MS) - 2),
    spentTokens: await removeUntil(db, spentTokens, spentTokens.jti, spentTokens.expiresAt, now),
  }
}

async function removeUntil(db: Db, table: SQLiteTable, key: SQLiteColumn, age: SQLiteColumn, until: number) {
  const oldest = db.select({ key }).from(table).where(lte(age, until)).limit(BATCH_ROWS)
  let removed = 0
  for (let batch = 0; batch < MAX_BATCHES; batch++) {
    const { changes } = (await db.delete(table).where(inArray(key, oldest))).meta
    removed += changes
    if (changes < BATCH_ROWS) break
  }
  return removed
}
