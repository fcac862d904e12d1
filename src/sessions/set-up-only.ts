import type { Config } from '../config'
import { DAY_MS } from '../lib/time'
import type { UserRow } from '../users/users'

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
