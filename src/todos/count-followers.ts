import { AppError } from '../errors'
import { MAX_FOLLOWERS } from '../limits'
import type { Judged } from './judge-sql'

/*
 * How many to-dos may change because others do: subtasks, and what comes next. One operation can have a few hundred of these, and each is as
 * many rows for D1 to write as any other change. So those beyond a few count among the writes of their user, before they are written.
 */

/** So many come with a request that counts once: most to-dos have fewer subtasks. */
export const INCLUDED_FOLLOWERS = 20

/** So many more count as one write. */
const FOLLOWERS_A_WRITE = 10

/**
 * Runs operations, and once more if they have more followers than are included: a first try does nothing then, and says how many they are.
 * @param attempt takes how many followers there may be. Its `judged` is empty if nothing is left to do
 * @throws {AppError} `content_too_large`; `rate_limited`; `unavailable` if others add subtasks all the time
 */
export async function countingFollowers<Result extends { judged: readonly Judged[] }>(
  countWrites: (times: number) => Promise<void>,
  attempt: (maxFollowers: number) => Promise<Result>,
): Promise<Result> {
  const first = await attempt(INCLUDED_FOLLOWERS)
  const followers = followersOf(first.judged)
  if (followers <= INCLUDED_FOLLOWERS) return first
  requireFewFollowers(followers)
  await countWrites(Math.ceil(followers / FOLLOWERS_A_WRITE))
  const second = await attempt(MAX_FOLLOWERS)
  if (followersOf(second.judged) > MAX_FOLLOWERS) throw new AppError('unavailable')
  return second
}

/** @throws {AppError} `content_too_large` */
export function requireFewFollowers(followers: number): void {
  if (followers <= MAX_FOLLOWERS) return
  const detail = `More than ${MAX_FOLLOWERS} subtasks and next ones would change at once. Send fewer operations.`
  throw new AppError('content_too_large', { detail })
}

/** How many follow from operations that are allowed. */
const followersOf = (judged: readonly Judged[]): number =>
  judged.every(({ code }) => code === null) ? (judged[0]?.followers ?? 0) : 0
