import { and, eq, isNotNull, ne, not, type SQL } from 'drizzle-orm'
import type { Config } from '../config'
import type { Db } from '../db/client'
import { DAY_MS } from '../lib/time'
import { hasSecondFactor } from '../users/second-factors'
import type { UserRow } from '../users/users'
import { sessions } from './tables'

/*
 * Deployments that require a second factor (REQUIRE_SECOND_FACTOR). An account without one has a while to set one up. Then its sessions
 * may only do that: their access tokens say so, so no request asks D1 for it.
 */

/** Until when (ms) an account may be used without a second factor, since its sign-up or SECOND_FACTOR_SINCE; null if none is required. */
export function setUpDueAt(
  { REQUIRE_SECOND_FACTOR, SECOND_FACTOR_SINCE, SECOND_FACTOR_GRACE_DAYS }: Config,
  { createdAt }: Pick<UserRow, 'createdAt'>,
): number | null {
  if (REQUIRE_SECOND_FACTOR !== 'all') return null
  return Math.max(createdAt, SECOND_FACTOR_SINCE) + SECOND_FACTOR_GRACE_DAYS * DAY_MS
}

/** Whether an account without a second factor may only set one up: its days are over. */
export function mustSetUp(config: Config, user: Pick<UserRow, 'createdAt'>, now: number): boolean {
  const dueAt = setUpDueAt(config, user)
  return dueAt !== null && now >= dueAt
}

/**
 * The statement after one that removes a second factor: the user's sessions have none any more, but for those that began with a passkey.
 * Otherwise somebody could turn it on and off again, and do without.
 */
export const forgetSecondFactor = ({ config, db }: { config: Config; db: Db }, userId: string, onlyIf?: SQL) => {
  const hasIncluded = and(isNotNull(sessions.secondFactorSince), ne(sessions.provenBy, 'passkey'))
  return db
    .update(sessions)
    .set({ secondFactorSince: null })
    .where(and(eq(sessions.userId, userId), hasIncluded, not(hasSecondFactor(db, userId, config)), onlyIf))
}
