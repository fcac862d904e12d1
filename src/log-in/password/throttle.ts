import { and, eq, inArray, lte, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client'
import { DAY_MS, SECOND_MS } from '../../lib/time'
import { limits, tooMany } from '../../limits'
import { users } from '../../users/tables'
import { logInThrottle } from './tables'

/*
 * THE throttle of passwords. After a few wrong ones in a row, an account has to wait. The owner can still log in with a code,
 * unless somebody has used up the codes of that contact for the day.
 */

/** After this many failures in a row, the next attempt has to wait. */
export const FREE_FAILURES = limits.log_in_failures.quota
const FIRST_WAIT_MS = SECOND_MS
export const LONGEST_WAIT_MS = limits.log_in_failures.windowMs
/** After this long without a failure the count begins again. Cron removes the row. */
export const FORGET_AFTER_MS = DAY_MS

/** What attempts to log in are counted by: the user's id, or the MAC of the identifier if nobody has it. */
export const accountKey = (db: Db, who: SQL, macOfIdentifier: string): SQL<string> =>
  sql<string>`coalesce(${db.select({ id: users.id }).from(users).where(who)}, ${macOfIdentifier})`

/** What proofs of the current password are counted by. They have a count of their own, because strangers try log-ins. */
export const proofKey = (userId: string): string => `proof:${userId}`

/**
 * The statements that count an attempt *before* its password is looked at, and that tell whether it may be looked at.
 *
 * The race: fifty guesses at once. A conditional upsert counts each of them as a failure. While the account is blocked, the
 * upsert does nothing. So only the first five are compared, however many come at once. A success clears the count
 * (`clearFailures`).
 * @param onlyIf if this does not hold, nothing is counted
 */
export function countAttempt(db: Db, key: SQL<string> | string, now: number, onlyIf: SQL = sql`true`) {
  const failures = sql`CASE WHEN ${logInThrottle.lastFailureAt} <= ${now - FORGET_AFTER_MS}
    THEN 1 ELSE ${logInThrottle.failures} + 1 END`
  const wait = sql`CASE WHEN (${failures}) < ${FREE_FAILURES} THEN 0
    ELSE min(${LONGEST_WAIT_MS}, ${FIRST_WAIT_MS} << min((${failures}) - ${FREE_FAILURES}, 30)) END`
  return {
    counted: db
      .insert(logInThrottle)
      .select(sql`SELECT ${key}, 1, ${now}, ${now} WHERE ${onlyIf}`)
      .onConflictDoUpdate({
        target: logInThrottle.key,
        set: { failures, lastFailureAt: now, blockedUntil: sql`${now} + (${wait})` },
        setWhere: lte(logInThrottle.blockedUntil, now),
      })
      .returning({ failures: logInThrottle.failures }),
    blocks: db
      .select({ blockedUntil: logInThrottle.blockedUntil })
      .from(logInThrottle)
      .where(eq(logInThrottle.key, sql`${key}`)),
  }
}

/**
 * Lets an attempt go on if `countAttempt` has counted it.
 * @throws {AppError} `too_many_attempts` when its password may not be looked at
 */
export function requireAttempt(
  limit: 'log_in_failures' | 'proof_failures',
  { counted, blocks }: { counted: unknown[]; blocks: { blockedUntil: number }[] },
  now: number,
): void {
  const until = Math.max(now, ...blocks.map(({ blockedUntil }) => blockedUntil))
  if (counted.length === 0) throw tooMany(limit, until - now)
}

/** The statement that forgets a user's failures, because the password was right or is new. */
export const clearFailures = (db: Db, userId: string, onlyIf?: SQL) =>
  db.delete(logInThrottle).where(and(inArray(logInThrottle.key, [userId, proofKey(userId)]), onlyIf))
