import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../context'
import { clientAddress } from './client-address'
import { countAtEdge } from './edge-limit'

/**
 * A coarse limit per client address in front of everything that hashes a password, sends a code or makes an export, so that one
 * address cannot use up an isolate (ASVS 15.2.2). Guesses at one account are counted exactly, in D1, by `log-in/password/throttle.ts`.
 */
export const limitByAddress = createMiddleware<AppEnv>(async (c, next) => {
  await countAddress(c)
  await next()
})

/** @throws {AppError} `rate_limited`, `unavailable` */
export async function countAddress(c: Context<AppEnv>): Promise<void> {
  const { address = null, network = null } = clientAddress(c) ?? {}
  await Promise.all([
    address !== null && countAtEdge(c.env.ADDRESS_LIMIT, 'address', address),
    network !== null && countAtEdge(c.env.NETWORK_LIMIT, 'address', network),
  ])
}
