import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../context'
import { AppError } from '../errors'

const isLocal = (hostname: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(hostname)

/**
 * Refuses requests to another host than that of PUBLIC_ORIGIN. Otherwise an address that Cloudflare gives to a version, or a forgotten
 * route, would be a second door: past the zone's rules, and with cookies of its own. `/health` answers at each, because a deployment asks
 * a version before it goes live. Where PUBLIC_ORIGIN is on somebody's own computer, every host is served.
 * @throws {AppError} `misdirected_request`
 */
export const requireOwnHost = createMiddleware<AppEnv>(async (c, next) => {
  // Not from the settings as a whole: some pages need none of them.
  const own = URL.parse(c.env.PUBLIC_ORIGIN ?? '')
  if (own && c.req.path !== '/health' && !isLocal(own.hostname) && new URL(c.req.url).host !== own.host) {
    throw new AppError('misdirected_request')
  }
  await next()
})
