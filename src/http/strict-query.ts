import type { OpenAPIHono } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import * as z from 'zod'
import type { AppEnv } from '../context'
import { AppError, type FieldError, MAX_FIELD_ERRORS } from '../errors'
import { routeOf } from './not-found'
import { pointer } from './problem'

/**
 * Routes that take any parameter. Providers send people back to the callback with parameters of their own, and may add new ones.
 */
const OPEN_ROUTES = ['GET /api/v1/auth/social/:provider/callback']

/** The names of the parameters that each route takes, by method and pattern. */
function namesByRoute(app: OpenAPIHono<AppEnv>): Map<string, ReadonlySet<string>> {
  const routes = app.openAPIRegistry.definitions.flatMap((one) => (one.type === 'route' ? [one.route] : []))
  return new Map(
    routes.map(({ method, path, request }) => [
      `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      new Set(request?.query instanceof z.ZodObject ? Object.keys(request.query.shape) : []),
    ]),
  )
}

function faultsOf(query: URLSearchParams, known: ReadonlySet<string>): FieldError[] {
  const names = [...query.keys()]
  return [...new Set(names)].flatMap((name) => {
    const path = pointer([name])
    if (!known.has(name)) return [{ path, code: 'unknown_field', message: 'There is no such parameter' }]
    if (query.getAll(name).length > 1) return [{ path, code: 'duplicate', message: 'Must be sent once' }]
    return []
  })
}

/**
 * Refuses parameters that the route of a request does not take, and those that are sent twice. Otherwise a misspelt filter would be
 * a list without it.
 * @throws {AppError} `invalid_fields`
 */
export function strictQuery(app: OpenAPIHono<AppEnv>) {
  let known: ReturnType<typeof namesByRoute> | undefined
  return createMiddleware<AppEnv>(async (c, next) => {
    const { search, searchParams } = new URL(c.req.url)
    const path = search === '' ? null : routeOf(app, c.req.raw)
    const route = `${c.req.method === 'HEAD' ? 'GET' : c.req.method} ${path}`
    if (path !== null && !OPEN_ROUTES.includes(route)) {
      known ??= namesByRoute(app)
      const names = known.get(route)
      const errors = names ? faultsOf(searchParams, names).slice(0, MAX_FIELD_ERRORS) : []
      if (errors.length > 0) throw new AppError('invalid_fields', { errors })
    }
    await next()
  })
}
