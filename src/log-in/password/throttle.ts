import { and, eq, gt, gte, lt, lte, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Db } from '../../db/client'
import { nextTimeId } from '../../db/time-id'
import { DAY_MS, SECOND_MS } from '../../lib/time'
import { type Limit, limits } from '../../limits'
import { type KnownDevice, knowsDevice } from '../../sessions/known-device'
import { tooMany } from '../../too-many'
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

/**
 * What attempts are counted by: the user's id, whichever identifier was typed, or the MAC of an identifier that nobody has. A device
 * that the user knows has a count of its own.
 */
export function attemptKey(
  db: Db,
  { who, device, macOfIdentifier }: { who: SQL; device: KnownDevice; macOfIdentifier: string },
): SQL<string> {
  const suffix = sql`CASE WHEN ${knowsDevice(device)} THEN ${`:device:${device.id}`} ELSE '' END`
  return sql<string>`coalesce(${db
    .select({ key: sql`${users.id} || ${suffix}` })
    .from(users)
    .where(who)}, ${macOfIdentifier})`
}

/** What proofs of the current password are counted by. They have a count of their own, because strangers try log-ins. */
export const proofKey = (userId: string): string => `${userId}:proof`

/** What proofs of a password are counted by when somebody takes a change back: each link has a count of its own. */
export const linkKey = (userId: string, changeId: string, told: string): string =>
  `${userId}:way-back:${changeId}:${told}`

/** What a count of a user is of. */
export const FAILURE_KINDS = [
  'log_in',
  'known_device',
  'proof',
  'way_back',
  'second_factor',
  'second_factor_known_device',
  'second_factor_proof',
] as const
type FailureKind = (typeof FAILURE_KINDS)[number]

/** The kinds by the word in the key that follows the user's id. A count of strangers' log-ins has none. */
const KIND_BY_WORD = new Map<string | undefined, FailureKind>([
  ['device', 'known_device'],
  ['proof', 'proof'],
  ['way-back', 'way_back'],
  ['factor', 'second_factor'],
  ['factor-device', 'second_factor_known_device'],
  ['factor-proof', 'second_factor_proof'],
])

/** What a count of a user is of, by its key. */
export const failureKindOf = (userId: string, key: string): FailureKind =>
  KIND_BY_WORD.get(key.slice(userId.length + 1).split(':')[0]) ?? 'log_in'

/** True of all counts of a user. Their keys begin with the user's id. */
export const failuresOf = (userId: string): SQL | undefined =>
  and(gte(logInThrottle.key, userId), lt(logInThrottle.key, `${userId};`))

/**
 * The statements that count an attempt *before* its password is looked at, and that tell whether it may be looked at.
 *
 * The race: fifty guesses at once. A conditional upsert counts each of them as a failure. While the account is blocked, the
 * upsert does nothing. So only the first five are compared, however many come at once. A success takes its own attempt
 * back (`takeBackAttempt`).
 * @param about if `onlyIf` does not hold, nothing is counted; `limit` says how many are free, and how long the longest wait is
 */
export function countAttempt(
  db: Db,
  key: SQL<string> | string,
  now: number,
  { onlyIf = sql`true`, limit = limits.log_in_failures }: { onlyIf?: SQL; limit?: Omit<Limit, 'errorCode'> } = {},
) {
  const failures = sql`CASE WHEN ${logInThrottle.lastFailureAt} <= ${now - FORGET_AFTER_MS}
    THEN 1 ELSE ${logInThrottle.failures} + 1 END`
  const wait = sql`CASE WHEN (${failures}) < ${limit.quota} THEN 0
    ELSE min(${limit.windowMs}, ${FIRST_WAIT_MS} << min((${failures}) - ${limit.quota}, 30)) END`
  const byKey = eq(logInThrottle.key, sql`${key}`)
  return {
    before: db.select().from(logInThrottle).where(byKey),
    counted: db
      .insert(logInThrottle)
      .select(sql`SELECT ${nextTimeId(logInThrottle.id, now)}, ${key}, 1, ${now}, ${now} WHERE ${onlyIf}`)
      .onConflictDoUpdate({
        target: logInThrottle.key,
        set: { id: sql`excluded.id`, failures, lastFailureAt: now, blockedUntil: sql`${now} + (${wait})` },
        setWhere: lte(logInThrottle.blockedUntil, now),
      })
      .returning({ key: logInThrottle.key }),
    blocks: db.select({ blockedUntil: logInThrottle.blockedUntil }).from(logInThrottle).where(byKey),
  }
}

/** An attempt that was counted, and the row of its count before it. */
export interface Attempt {
  key: string
  before: typeof logInThrottle.$inferSelect | undefined
  at: number
}

/**
 * Lets an attempt go on if `countAttempt` has counted it.
 * @throws {AppError} `too_many_attempts` when its password may not be looked at
 */
export function requireAttempt(
  limit: 'log_in_failures' | 'proof_failures' | 'second_factor_failures',
  { before, counted, blocks }: Counting,
  now: number,
): Attempt {
  const [row] = counted
  if (row) return { key: row.key, before: before[0], at: now }
  const until = Math.max(now, ...blocks.map(({ blockedUntil }) => blockedUntil))
  throw tooMany(limit, until - now)
}

interface Counting {
  before: (typeof logInThrottle.$inferSelect)[]
  counted: { key: string }[]
  blocks: { blockedUntil: number }[]
}

/**
 * The statements that take an attempt back, because its password was right. The count is then as if there had been no attempt. It is
 * not cleared: strangers, who see what they are refused, could tell from that when the owner logs in.
 */
export function takeBackAttempt(db: Db, { key, before, at }: Attempt, onlyIf: SQL) {
  const byKey = and(eq(logInThrottle.key, key), onlyIf)
  // Attempts that came after this one have set times of their own.
  const isLast = sql`${logInThrottle.lastFailureAt} = ${at}`
  const restored = (column: SQLiteColumn, value = at) => sql`CASE WHEN ${isLast} THEN ${value} ELSE ${column} END`
  return {
    removed: db.delete(logInThrottle).where(and(byKey, lte(logInThrottle.failures, 1))),
    lowered: db
      .update(logInThrottle)
      .set({
        failures: sql`${logInThrottle.failures} - 1`,
        lastFailureAt: restored(logInThrottle.lastFailureAt, before?.lastFailureAt),
        blockedUntil: restored(logInThrottle.blockedUntil, before?.blockedUntil),
      })
      .where(and(byKey, gt(logInThrottle.failures, 1))),
  }
}

/** The statement that forgets a user's failed proofs, because the password was right or is new. Strangers cannot see this count. */
export const clearFailures = (db: Db, userId: string, onlyIf?: SQL) => clearCount(db, proofKey(userId), onlyIf)

/** The statement that forgets a count. */
export const clearCount = (db: Db, key: string, onlyIf?: SQL) =>
  db.delete(logInThrottle).where(and(eq(logInThrottle.key, key), onlyIf))
