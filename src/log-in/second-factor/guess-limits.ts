import { and, eq, gt, lte, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client'
import { existsRow } from '../../db/exists'
import { nextTimeId } from '../../db/time-id'
import { limits, MAX_GUESSES } from '../../limits'
import { isKnownTo, type KnownDevice } from '../../sessions/known-device'
import { isConfirmedOf } from '../../users/second-factors'
import { secondFactors, users } from '../../users/tables'
import { logInThrottle } from '../password/tables'
import { countAttempt } from '../password/throttle'

/*
 * THE limits of guesses at second factors. Whoever guesses here knows the first factor already. D1 counts a wrong guess in the
 * transaction that would have accepted a right one, so a thousand at once are no better than five in a row.
 */

/**
 * What guesses of log-ins are counted by. A device that the user knows has a count of its own: nobody else can lock the owner out there.
 * The last log-in on it must be younger than the second factor. Until then the password was enough to make any number of devices known.
 */
export function logInKey(db: Db, userId: string, device: KnownDevice): SQL<string> {
  const lastLogInAt = device.users.find(({ id }) => id === userId)?.at ?? 0
  const isOlder = existsRow(db, secondFactors, and(isConfirmedOf(userId), lte(secondFactors.since, lastLogInAt)))
  return sql<string>`CASE WHEN ${isKnownTo(db, device, eq(users.id, userId))} AND ${isOlder}
    THEN ${`${userId}:factor-device:${device.id}`} ELSE ${`${userId}:factor`} END`
}

/** What guesses of somebody who is signed in are counted by. */
export const factorProofKey = (userId: string): string => `${userId}:factor-proof`

/** What guesses with one second-factor token are counted by. It names no user, so a new token is all that makes a new count. */
export const tokenKey = (jti: string): string => `factor-token:${jti}`

/** What a guess is counted by. */
export interface GuessCounts {
  key: SQL<string> | string
  /** The `jti` of the second-factor token, which takes five guesses. */
  token?: string
  now: number
}

/** True of a token with which more guesses than this were made. */
const hasMoreThan = (db: Db, jti: string | undefined, guesses: number): SQL =>
  jti === undefined
    ? sql`false`
    : existsRow(db, logInThrottle, and(eq(logInThrottle.key, tokenKey(jti)), gt(logInThrottle.failures, guesses)))

/** True while the account has to wait. */
const isWaiting = (db: Db, { key, now }: GuessCounts): SQL =>
  existsRow(db, logInThrottle, and(eq(logInThrottle.key, sql`${key}`), gt(logInThrottle.blockedUntil, now)))

/** True while one more guess may be compared. */
export const mayGuess = (db: Db, counts: GuessCounts): SQL =>
  sql`NOT ${isWaiting(db, counts)} AND NOT ${hasMoreThan(db, counts.token, MAX_GUESSES - 1)}`

/** The query of what is in the way of a guess: until when it has to wait (ms), and whether its token has taken all its guesses. */
export const selectGuessState = (db: Db, { key, token }: GuessCounts) =>
  db
    .select({
      blockedUntil: sql<number>`coalesce((SELECT ${logInThrottle.blockedUntil} FROM ${logInThrottle}
        WHERE ${eq(logInThrottle.key, sql`${key}`)}), 0)`.as('blocked_until'),
      isUsedUp: sql<0 | 1>`${hasMoreThan(db, token, MAX_GUESSES - 1)}`.as('is_used_up'),
    })
    .from(sql`(SELECT 1)`)

/**
 * The statements that count a wrong guess, for its token and then for the account. A token that has taken all its guesses gets one more
 * count, so that the second statement knows that this guess was not looked at.
 * @param onlyIf true if it was allowed, and was not right
 */
export const countGuess = (db: Db, counts: GuessCounts, onlyIf: SQL) => ({
  token: counts.token === undefined ? undefined : countTokenGuess(db, { ...counts, token: counts.token }, onlyIf),
  account: countAttempt(db, counts.key, counts.now, {
    onlyIf: sql`${onlyIf} AND NOT ${hasMoreThan(db, counts.token, MAX_GUESSES)}`,
    limit: limits.second_factor_failures,
  }).counted,
})

const countTokenGuess = (db: Db, counts: Required<GuessCounts>, onlyIf: SQL) =>
  db
    .insert(logInThrottle)
    .select(
      sql`SELECT ${nextTimeId(logInThrottle.id, counts.now)}, ${tokenKey(counts.token)}, 1, ${counts.now}, 0
        WHERE ${onlyIf} AND NOT ${isWaiting(db, counts)}`,
    )
    .onConflictDoUpdate({
      target: logInThrottle.key,
      set: { failures: sql`${logInThrottle.failures} + 1` },
      setWhere: lte(logInThrottle.failures, MAX_GUESSES),
    })
