import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../context'
import { AppError } from '../errors'
import { within } from '../lib/deadline'
import { SECOND_MS } from '../lib/time'
import { limits, tooMany } from '../limits'
import { clientAddress } from './client-address'

/** The limiter is close to the client and answers at once. If it takes longer than this, the client gets 503. */
const ANSWER_LIMIT_MS = 3 * SECOND_MS

/**
 * A coarse limit per client address in front of everything that hashes a password, sends a code or makes an export, so that one
 * address cannot use up an isolate (ASVS 15.2.2). Cloudflare counts close to the client, without a round trip; wrangler.toml
 * has the number. Guesses at one account are counted exactly, in D1, by `log-in/password/throttle.ts`.
 */
export const limitByAddress = createMiddleware<AppEnv>(async (c, next) => {
  const outcome = c.env.ADDRESS_LIMIT.limit({ key: clientAddress(c) })
  const { success } = await within(ANSWER_LIMIT_MS, outcome).catch((cause: unknown) => {
    throw new AppError('unavailable', { cause })
  })
  if (!success) throw tooMany('address', limits.address.windowMs)
  await next()
})
