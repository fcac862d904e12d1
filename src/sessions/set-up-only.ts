import type { Config } from '../config'
import { DAY_MS } from '../lib/time'
import type { UserRow } from '../users/users'

/*
 * Deployments that require a second factor (REQUIRE_SECOND_FACTOR). An account without one has a while to set one up. Then its sessions
 * may only do that: their access tokens say so, so no request asks D1 for it.
 */

/** Whether an account without a second factor may only set one up: its days are over, since the sign-up or SECOND_FACTOR_SINCE. */
export function mustSetUp(
  { REQUIRE_SECOND_FACTOR, SECOND_FACTOR_SINCE, SECOND_FACTOR_GRACE_DAYS }: Config,
  { createdAt }: Pick<UserRow, 'createdAt'>,
  now: number,
): boolean {
  if (REQUIRE_SECOND_FACTOR !== 'all') return false
  return now >= Math.max(createdAt, SECOND_FACTOR_SINCE) + SECOND_FACTOR_GRACE_DAYS * DAY_MS
}
