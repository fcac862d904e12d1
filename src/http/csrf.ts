import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../context'
import { AppError } from '../errors'
import { isSafe } from './methods'

/**
 * Refuses what another site makes a browser send (ASVS 3.5.1–3). A bearer token is no cookie and needs no check: a page
 * cannot add that header to another origin without a preflight. Everything else that is unsafe is checked, so that every
 * log-in is too.
 */
export const refuseCrossSite = createMiddleware<AppEnv>(async (c, next) => {
  if (!isSafe(c.req.method) && !/^Bearer /i.test(c.req.header('Authorization') ?? '')) {
    const origin = c.req.header('Origin')
    const isAllowed = origin !== undefined && c.var.config.ALLOWED_ORIGINS.includes(origin)
    if (!isOwnRequest(c) && !isAllowed) throw new AppError('cross_site_request')
  }
  await next()
})

/** Whether no other site has made the browser send this. Neither header means no browser: there is nothing that rides along. */
export function isOwnRequest(c: Context): boolean {
  const site = c.req.header('Sec-Fetch-Site')
  if (site !== undefined) return isOwnSite(site)
  const origin = c.req.header('Origin')
  return origin === undefined || origin === new URL(c.req.url).origin
}

/** By `Sec-Fetch-Site`: `none` is what the user did without any page: a typed address, a bookmark. */
export const isOwnSite = (site: string | undefined): boolean => site === 'same-origin' || site === 'none'
