import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../context'
import { AppError } from '../errors'
import { readBearerToken } from './authorization'
import { isSafe } from './methods'

/**
 * Refuses requests that another site makes a browser send (ASVS 3.5.1–3). It checks every unsafe request, log-ins too,
 * except those with a bearer token: a page can only send that header to another origin if our CORS answer allows it.
 */
export const refuseCrossSite = createMiddleware<AppEnv>(async (c, next) => {
  if (!isSafe(c.req.method)) requireOwnSite(c)
  await next()
})

/** The same for a route of which even reading costs its user something: an export counts. */
export const refuseCrossSiteReads = createMiddleware<AppEnv>(async (c, next) => {
  requireOwnSite(c)
  await next()
})

function requireOwnSite(c: Context<AppEnv>): void {
  if (readBearerToken(c) !== undefined) return
  const origin = c.req.header('Origin')
  const isAllowed = origin !== undefined && c.var.config.ALLOWED_ORIGINS.includes(origin)
  if (!isOwnRequest(c) && !isAllowed) throw new AppError('cross_site_request')
}

/** Whether the request was not caused by another site. A client that sends neither header is no browser and adds no cookies by itself. */
export function isOwnRequest(c: Context): boolean {
  const site = c.req.header('Sec-Fetch-Site')
  if (site !== undefined) return isOwnSite(site)
  const origin = c.req.header('Origin')
  return origin === undefined || origin === new URL(c.req.url).origin
}

/** Reads `Sec-Fetch-Site`. It is `none` when no page caused the request: the user typed the address or used a bookmark. */
export const isOwnSite = (site: string | undefined): boolean => site === 'same-origin' || site === 'none'
