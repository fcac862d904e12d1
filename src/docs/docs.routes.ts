import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import type { AppEnv } from '../context'
import { AppError } from '../errors'
import { ACCESS_COOKIE, DEVICE_COOKIE } from '../http/cookie-names'
import { hashTag, hasVersion, tagHeaders } from '../http/etag'
import { createRouter } from '../http/router'
import { SECOND_MS } from '../lib/time'
import { ERRORS_PAGE, OVERVIEW_PAGE, PAGES, PAGES_WITHOUT_PASSWORDS, slugOf, tags } from './tags'

/** Nothing inline, and connections to this origin only: for the index of the search and for requests that are tried out. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** The files are near the Worker. If one takes longer than this, the client gets 503. */
const FILE_LIMIT_MS = 3 * SECOND_MS

/** @throws {AppError} `unavailable` when the page cannot be read within 3 s */
async function readPage({ ASSETS, PASSWORDS }: Env, page: string): Promise<string> {
  const folder = PASSWORDS === 'off' ? PAGES_WITHOUT_PASSWORDS : PAGES
  const signal = AbortSignal.timeout(FILE_LIMIT_MS)
  try {
    const answer = await ASSETS.fetch(`https://assets.local/docs/${folder}/${page}.html`, { signal })
    if (!answer.ok) throw new Error(`The page ${page} answered ${answer.status}`)
    return await answer.text()
  } catch (cause) {
    throw new AppError('unavailable', { cause })
  }
}

/**
 * Serves a page that was built with the assets. The script cannot see cookies, so the page tells it whether to ask for the session: asking
 * without one would only log an error.
 */
async function servePage(c: Context<AppEnv>, page: string): Promise<Response> {
  const html = await readPage(c.env, page)
  const isKnown = [ACCESS_COOKIE, DEVICE_COOKIE].some((name) => getCookie(c, name) !== undefined)
  const shown = isKnown ? html.replace('<html lang="en">', '<html lang="en" data-known>') : html
  const headers = { ...tagHeaders(await hashTag(shown)), Vary: 'Cookie', 'Content-Security-Policy': POLICY }
  return hasVersion(c, headers.ETag) ? c.body(null, 304, headers) : c.html(shown, 200, headers)
}

export const docsRoutes = createRouter()

docsRoutes.get('/docs', (c) => servePage(c, OVERVIEW_PAGE))
for (const page of [...tags.map(({ name }) => slugOf(name)), ERRORS_PAGE]) {
  docsRoutes.get(`/docs/${page}`, (c) => servePage(c, page))
}
