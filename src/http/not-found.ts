import type { Context, Hono } from 'hono'
import type { AppEnv } from '../context'
import { AppError } from '../errors'
import { problem } from './problem'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** What no route takes: 405 with the methods that the path has (RFC 9110 15.5.6), else 404. OPTIONS gets just the list. */
export const notFound =
  (app: Hono<AppEnv>) =>
  (c: Context): Response => {
    const allowed = METHODS.filter((method) => hasRoute(app, method, c.req.path))
    // Answered, not thrown: where only one middleware matches, an error would pass by what it does afterwards.
    if (allowed.length === 0) return problem(c, new AppError('not_found'))
    if (allowed.includes('GET')) allowed.push('HEAD')
    const headers = { Allow: [...allowed, 'OPTIONS'].join(', ') }
    if (c.req.method === 'OPTIONS') return c.body(null, 204, headers)
    return problem(c, new AppError('method_not_allowed', { headers }))
  }

/** Middleware matches every path under its own; only a route is registered for one method. */
const hasRoute = (app: Hono<AppEnv>, method: string, path: string): boolean =>
  app.router.match(method, path)[0].some(([[, route]]) => route.method === method)
