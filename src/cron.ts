import { inArray, lte } from 'drizzle-orm'
import { FORGET_AFTER_MS } from './auth/log-in-limits'
import type { Db } from './db/client'
import { logInThrottle, sessions } from './db/schema'

/** Rows a statement, and statements a table and run: a run stays far below D1's 30 s and 50 statements. */
const BATCH_ROWS = 500
const MAX_BATCHES = 20

/** Removes what has expired and counts nowhere any more, in bounded batches; what is left goes with the next run. */
export async function purge(db: Db, now: number): Promise<{ sessions: number; throttles: number }> {
  return {
    sessions: await untilEmpty(() =>
      db
        .delete(sessions)
        .where(
          inArray(
            sessions.id,
            db.select({ id: sessions.id }).from(sessions).where(lte(sessions.expiresAt, now)).limit(BATCH_ROWS),
          ),
        ),
    ),
    throttles: await untilEmpty(() =>
      db.delete(logInThrottle).where(
        inArray(
          logInThrottle.key,
          db
            .select({ key: logInThrottle.key })
            .from(logInThrottle)
            .where(lte(logInThrottle.lastFailureAt, now - FORGET_AFTER_MS))
            .limit(BATCH_ROWS),
        ),
      ),
    ),
  }
}

async function untilEmpty(deleteBatch: () => PromiseLike<D1Result>): Promise<number> {
  let removed = 0
  for (let batch = 0; batch < MAX_BATCHES; batch++) {
    const { changes } = (await deleteBatch()).meta
    removed += changes
    if (changes < BATCH_ROWS) break
  }
  return removed
}
