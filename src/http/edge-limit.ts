import { AppError } from '../errors'
import { within } from '../lib/deadline'
import { SECOND_MS } from '../lib/time'
import { type LimitName, limits } from '../limits'
import { tooMany } from '../too-many'

/** The limiter is close to the client and answers at once. Without an answer the client gets 503. */
const ANSWER_LIMIT_MS = 3 * SECOND_MS

/**
 * Counts a request by a `ratelimits` binding. Cloudflare counts close to the client, without a round trip, and only roughly. The
 * numbers are in wrangler.toml.
 * @param times as how many requests it counts
 * @throws {AppError} the 429 of the limit, or `unavailable`
 */
export async function countAtEdge(limiter: RateLimit, name: LimitName, key: string, times = 1): Promise<void> {
  const counting = Promise.all(Array.from({ length: times }, () => limiter.limit({ key })))
  const counted = await within(ANSWER_LIMIT_MS, counting).catch((cause: unknown) => {
    throw new AppError('unavailable', { cause })
  })
  if (!counted.every(({ success }) => success)) throw tooMany(name, limits[name].windowMs)
}
