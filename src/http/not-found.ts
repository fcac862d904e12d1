import type { Context, Hono } from 'hono'
import { getPath } from 'hono/utils/url'
import type { AppEnv } from '../context'
import { AppError } from '../errors'
import { PATCH_TYPES } from './body'
import { answerProblem } from './problem'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/**
 * Answers a request that has no route: 405 with the methods of its path (RFC 9110 15.5.6), or 404 if its path has none. OPTIONS
 * gets 204 with the methods.
 */
export const notFound =
  (app: Hono<AppEnv>) =>
  (c: Context): Response => {
    const allowed = METHODS.filter((method) => hasRoute(app, method, c.req.path))
    // Not thrown: if only one middleware matches, a thrown error would skip what that middleware does afterwards.
    if (allowed.length === 0) return answerProblem(c, new AppError('not_found'))
    if (allowed.includes('GET')) allowed.push('HEAD')
    const headers = {
      Allow: [...allowed, 'OPTIONS'].join(', '),
      ...(allowed.includes('PATCH') && { 'Accept-Patch': PATCH_TYPES.join(', ') }),
    }
    if (c.req.method === 'OPTIONS') return c.body(null, 204, headers)
    return answerProblem(c, new AppError('method_not_allowed', { headers }))
  }

/** The pattern of the route for a request, such as `/api/v1/todos/:id`; null if there is none. */
export const routeOf = (app: Hono<AppEnv>, request: Request): string | null =>
  findRoute(app, request.method, getPath(request))?.path ?? null

export const hasRoute = (app: Hono<AppEnv>, method: string, path: string): boolean =>
  findRoute(app, method, path) !== undefined

/**
 * The route for a method and a path. Middleware matches too, but only routes are registered for one method. If some route has
 * exactly this path, no route with an `:id` counts (OpenAPI 3.1, Paths Object): `/todos/batch` is not the to-do `batch`.
 */
function findRoute(app: Hono<AppEnv>, asked: string, path: string) {
  const method = asked === 'HEAD' ? 'GET' : asked
  // Hono gives `[[handler, route], parameters]` for each match.
  const found = app.router.match(method, path)[0].find(([[, route]]) => route.method === method)?.[0][1]
  return found?.path.includes(':') && isExactPath(app, path) ? undefined : found
}

const isExactPath = (app: Hono<AppEnv>, path: string): boolean =>
  app.routes.some((route) => route.path === path && METHODS.includes(route.method))
