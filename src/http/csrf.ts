import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../context'
import { AppError } from '../errors'
import { isSafe } from './methods'

/**
 * Refuses what another site makes a browser send (ASVS 3.5.1–3). A bearer token is no cookie and needs no check: a page
 * cannot add that header to another origin without a preflight. Everything else that is unsafe is checked, so that every
 * log-in is too. Neither header means no browser: there is nothing that rides along.
 */
export const refuseCrossSite = createMiddleware<AppEnv>(async (c, next) => {
  if (!isSafe(c.req.method) && !/^Bearer /i.test(c.req.header('Authorization') ?? '')) {
    const site = c.req.header('Sec-Fetch-Site')
    const origin = c.req.header('Origin')
    const own = site === undefined ? origin === undefined || origin === new URL(c.req.url).origin : isOwnSite(site)
    const allowed = origin !== undefined && c.var.config.ALLOWED_ORIGINS.includes(origin)
    if (!own && !allowed) throw new AppError('cross_site_request')
  }
  await next()
})

/** By `Sec-Fetch-Site`: `none` is what the user did without any page: a typed address, a bookmark. */
export const isOwnSite = (site: string | undefined): boolean => site === 'same-origin' || site === 'none'
