import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../context'
import { AppError } from '../errors'
import { within } from '../lib/deadline'
import { SECOND_MS } from '../lib/time'
import { limits, tooMany } from '../limits'
import { clientAddress } from './client-address'

/** It is near; a client is not left waiting for it. */
const ANSWER_LIMIT_MS = 3 * SECOND_MS

/**
 * The coarse limit per client address in front of every password hash, kept by Cloudflare near the client without a round
 * trip. Its number stands in wrangler.toml. It keeps one address from using up an isolate (ASVS 15.2.2); guesses at one
 * account are counted exactly, in D1, by `log-in/password/throttle.ts`.
 */
export const limitByAddress = createMiddleware<AppEnv>(async (c, next) => {
  const asked = c.env.ADDRESS_LIMIT.limit({ key: clientAddress(c) })
  const { success } = await within(ANSWER_LIMIT_MS, asked).catch((cause: unknown) => {
    throw new AppError('unavailable', { cause })
  })
  if (!success) throw tooMany('address', limits.address.windowMs)
  await next()
})
