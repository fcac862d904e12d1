import { and, eq, inArray, lte, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client'
import { logInThrottle, users } from '../../db/schema'
import { DAY_MS, SECOND_MS } from '../../lib/time'
import { limits, tooMany } from '../../limits'

/*
 * THE throttle of passwords: at most so many wrong ones in a row for one account. Whoever guesses is slowed down; the
 * owner can still come in by a code, as long as nobody has used up the codes of their contact for the day.
 */

/** The failure in a row from which on the next attempt has to wait. */
export const FREE_FAILURES = limits.log_in_failures.quota
const FIRST_WAIT_MS = SECOND_MS
export const LONGEST_WAIT_MS = limits.log_in_failures.windowMs
/** A row without failures for so long is forgotten: cron removes it, and until then it counts from one again. */
export const FORGET_AFTER_MS = DAY_MS

/** The account that an attempt is at: the user's own row for every identifier, or else the identifier's MAC. */
export const accountKey = (db: Db, who: SQL, macOfIdentifier: string): SQL<string> =>
  sql<string>`coalesce(${db.select({ id: users.id }).from(users).where(who)}, ${macOfIdentifier})`

/** What proofs of the current password are counted by: apart from log-ins, which strangers try. */
export const proofKey = (userId: string): string => `proof:${userId}`

/**
 * The statements that count an attempt *before* its password is looked at, and tell whether it may be.
 *
 * The race they settle: fifty guesses at once. Each is counted as a failure by one conditional upsert, and the upsert of one
 * that comes while the account is blocked does nothing; so however many come at once, only the first five are compared.
 * A success clears the count (`clearFailures`).
 * @param only counts nothing where it does not hold
 */
export function countAttempt(db: Db, key: SQL<string> | string, now: number, only: SQL = sql`true`) {
  const failures = sql`CASE WHEN ${logInThrottle.lastFailureAt} <= ${now - FORGET_AFTER_MS}
    THEN 1 ELSE ${logInThrottle.failures} + 1 END`
  const wait = sql`CASE WHEN (${failures}) < ${FREE_FAILURES} THEN 0
    ELSE min(${LONGEST_WAIT_MS}, ${FIRST_WAIT_MS} << min((${failures}) - ${FREE_FAILURES}, 30)) END`
  return [
    db
      .insert(logInThrottle)
      .select(sql`SELECT ${key}, 1, ${now}, ${now} WHERE ${only}`)
      .onConflictDoUpdate({
        target: logInThrottle.key,
        set: { failures, lastFailureAt: now, blockedUntil: sql`${now} + (${wait})` },
        setWhere: lte(logInThrottle.blockedUntil, now),
      })
      .returning({ failures: logInThrottle.failures }),
    db
      .select({ blockedUntil: logInThrottle.blockedUntil })
      .from(logInThrottle)
      .where(eq(logInThrottle.key, sql`${key}`)),
  ] as const
}

/**
 * What the statements of `countAttempt` found.
 * @throws {AppError} `too_many_attempts` where the attempt may not be looked at
 */
export function requireAttempt(
  limit: 'log_in_failures' | 'proof_failures',
  counted: unknown[],
  blocks: { blockedUntil: number }[],
  now: number,
): void {
  const until = Math.max(now, ...blocks.map(({ blockedUntil }) => blockedUntil))
  if (counted.length === 0) throw tooMany(limit, until - now)
}

/** The statement that forgets the failures of a user whose password was right, or is a new one. */
export const clearFailures = (db: Db, userId: string, only?: SQL) =>
  db.delete(logInThrottle).where(and(inArray(logInThrottle.key, [userId, proofKey(userId)]), only))
