import type { Context, Hono } from 'hono'
import type { AppEnv } from '../context'
import { hasRoute, notFound } from '../http/not-found'
import { prefersHtml } from '../http/prefers-html'
import type { Dispatch } from './page/api-client'
import { createPages } from './page/console-env'
import { openConsole } from './page/open-console'

/** The address of a page, with a slash too many at its end. */
const SLASHED_PAGE = /^\/(?:console|docs|s|w)\/(?:.*\/)?$/

/** Where programs ask. The pages under /console turn every problem into a page themselves. */
const NO_PAGES = /^\/(?:api|console)(?:\/|$)/

/**
 * Answers a request that has no route. A page whose address was typed with a slash at its end is found without it. A browser gets the 404 or
 * 405 as a page, in its language, and everybody else gets the problem.
 */
export function answerUnrouted(app: Hono<AppEnv>, dispatch: Dispatch) {
  const answer = notFound(app)
  const pages = createPages().use(openConsole(dispatch)).notFound(answer)
  return async (c: Context): Promise<Response> => {
    const { pathname, search } = new URL(c.req.url)
    const page = pathname.slice(0, -1)
    if (SLASHED_PAGE.test(pathname) && hasRoute(app, c.req.method, page)) {
      // Browsers would keep a 308 for long, and the address may have a token in it.
      c.header('Cache-Control', 'no-store')
      return c.redirect(page + search, 308)
    }
    if (NO_PAGES.test(pathname) || c.req.method === 'OPTIONS') return answer(c)
    const shown = prefersHtml(c) ? await pages.fetch(c.req.raw, c.env, c.executionCtx) : answer(c)
    shown.headers.append('Vary', 'Accept')
    return shown
  }
}
