import type { Context } from 'hono'
import { cors as honoCors } from 'hono/cors'
import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../context'
import { MINUTE_MS, SECOND_MS } from '../lib/time'

/** Operators' routes are for pages of this origin only: an operator's browser may be at any page of ALLOWED_ORIGINS. */
const isForOperators = (c: Context): boolean => c.req.path.startsWith('/api/v1/operator/')

/** An OPTIONS that is no preflight. It gets the methods of its path, from wherever it comes. */
const isPlainOptions = (c: Context): boolean =>
  c.req.method === 'OPTIONS' && c.req.header('Access-Control-Request-Method') === undefined

/** Lets pages of ALLOWED_ORIGINS call the API with their cookies, and no other pages. */
export const cors = createMiddleware<AppEnv>(async (c, next) => {
  if (c.req.header('Origin') !== undefined && !isForOperators(c) && !isPlainOptions(c)) return answerWithCors(c, next)
  await next()
  // A cache must not give this answer to a page of another origin.
  c.res.headers.append('Vary', 'Origin')
})

const answerWithCors = honoCors({
  origin: (origin, c: Context<AppEnv>) => (c.var.config.ALLOWED_ORIGINS.includes(origin) ? origin : null),
  credentials: true,
  allowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHeaders: ['Authorization', 'Content-Type', 'If-Match', 'If-None-Match', 'Idempotency-Key', 'X-D1-Bookmark'],
  exposeHeaders: [
    'Accept',
    'Accept-Encoding',
    'Accept-Patch',
    'Allow',
    'Content-Disposition',
    'ETag',
    'Idempotent-Replayed',
    'Location',
    'RateLimit',
    'RateLimit-Policy',
    'Retry-After',
    'WWW-Authenticate',
    'X-D1-Bookmark',
    'X-Request-Id',
  ],
  maxAge: (10 * MINUTE_MS) / SECOND_MS,
})
