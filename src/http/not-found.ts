import type { Context, Hono } from 'hono'
import { getPath } from 'hono/utils/url'
import type { AppEnv } from '../context'
import { AppError } from '../errors'
import { problem } from './problem'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** What no route takes: 405 with the methods that the path has (RFC 9110 15.5.6), else 404. OPTIONS gets just the list. */
export const notFound =
  (app: Hono<AppEnv>) =>
  (c: Context): Response => {
    const allowed = METHODS.filter((method) => findRoute(app, method, c.req.path))
    // Answered, not thrown: where only one middleware matches, an error would pass by what it does afterwards.
    if (allowed.length === 0) return problem(c, new AppError('not_found'))
    if (allowed.includes('GET')) allowed.push('HEAD')
    const headers = { Allow: [...allowed, 'OPTIONS'].join(', ') }
    if (c.req.method === 'OPTIONS') return c.body(null, 204, headers)
    return problem(c, new AppError('method_not_allowed', { headers }))
  }

/** The pattern of the route that takes a request, such as `/api/v1/todos/:id`; null where none does. */
export function routeOf(app: Hono<AppEnv>, request: Request): string | null {
  const method = request.method === 'HEAD' ? 'GET' : request.method
  return findRoute(app, method, getPath(request))?.path ?? null
}

/**
 * Middleware matches every path under its own; only a route is registered for one method. A path that is written out in a route is
 * that route's, and no id of another's (OpenAPI 3.1, Paths Object).
 */
function findRoute(app: Hono<AppEnv>, method: string, path: string) {
  const found = app.router.match(method, path)[0].find(([[, route]]) => route.method === method)?.[0][1]
  return found?.path.includes(':') && isWrittenOut(app, path) ? undefined : found
}

const isWrittenOut = (app: Hono<AppEnv>, path: string): boolean =>
  app.routes.some((route) => route.path === path && METHODS.includes(route.method))
