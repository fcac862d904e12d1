import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../context'
import { tooMany } from '../errors'
import { MINUTE_MS } from '../lib/time'
import { clientAddress } from './client-address'

/**
 * The coarse limit per client address in front of every password hash, kept by Cloudflare near the client without a round
 * trip. Its number stands in wrangler.toml. It keeps one address from using up an isolate (ASVS 15.2.2); guesses at one
 * account are counted exactly, in D1, by `auth/log-in-limits.ts`.
 */
export const limitByAddress = createMiddleware<AppEnv>(async (c, next) => {
  const { success } = await c.env.ADDRESS_LIMIT.limit({ key: clientAddress(c) })
  if (!success) throw tooMany('rate_limited', MINUTE_MS)
  await next()
})
