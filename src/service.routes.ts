import { createRoute } from '@hono/zod-openapi'
import { sql } from 'drizzle-orm'
import type { Context } from 'hono'
import * as z from 'zod'
import { readConfig } from './config'
import { openDb } from './db/client'
import { hasOutbox } from './delivery/channels'
import { AppError, errorCodes, isErrorCode } from './errors'
import { empty, json, problem } from './http/openapi'
import { createRouter } from './http/router'
import { traceOf } from './http/trace'
import { deriveKeys } from './keys'
import { openKv } from './kv'

const ping = createRoute({
  method: 'get',
  path: '/',
  operationId: 'ping',
  tags: ['Service'],
  summary: 'Is the service up?',
  security: [],
  responses: {
    200: json(z.object({ ping: z.literal('pong') }), 'The service is up'),
    303: empty('A browser is sent to the console'),
    500: problem('internal_error'),
  },
})

const healthSchema = z.object({ status: z.literal('ok') })

const health = createRoute({
  method: 'get',
  path: '/health',
  operationId: 'health',
  tags: ['Service'],
  summary: 'Do the settings, D1 and KV work?',
  security: [],
  responses: {
    200: json(healthSchema, 'All of them work'),
    500: problem('internal_error'),
    503: problem('misconfigured', 'unavailable'),
  },
})

const explain = createRoute({
  method: 'get',
  path: '/problems/{code}',
  operationId: 'explainProblem',
  tags: ['Service'],
  summary: 'What an error code means',
  security: [],
  request: { params: z.object({ code: z.string().meta({ example: 'not_found' }) }) },
  responses: {
    200: json(
      z
        .object({ code: z.string(), status: z.int(), title: z.string() })
        .meta({ example: { code: 'not_found', ...errorCodes.not_found } }),
      'The code, its HTTP status and its meaning',
    ),
    404: problem('not_found'),
    500: problem('internal_error'),
  },
})

/** Whether the client is a browser that wants a page. */
const prefersHtml = (c: Context): boolean => /^text\/html *(,|$)/i.test(c.req.header('Accept') ?? '')

export const serviceRoutes = createRouter()
  .openapi(ping, (c) => {
    c.header('Vary', 'Accept')
    if (prefersHtml(c)) return c.redirect('/console', 303)
    return c.json({ ping: 'pong' } as const, 200)
  })
  .openapi(health, async (c) => {
    const config = readConfig(c.env)
    await deriveKeys(config)
    if (config.DELIVERY === 'outbox' && !hasOutbox(config, c.req.url)) {
      throw new AppError('misconfigured', { detail: 'DELIVERY is "outbox", which is for one\'s own computer only.' })
    }
    const trace = traceOf(c.req.raw)
    const parts = {
      D1: openDb(c.env.DB, 'first-primary', trace).run(sql`SELECT 1`),
      KV: openKv(c.env.KV, trace).get('health', z.unknown()),
    }
    const outcomes = await Promise.allSettled(Object.values(parts))
    const down = Object.keys(parts).filter((_, index) => outcomes[index]?.status === 'rejected')
    if (down.length > 0)
      throw new AppError('unavailable', {
        detail: `${down.join(' and ')} ${down.length === 1 ? 'does' : 'do'} not answer.`,
        cause: outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))[0],
      })
    return c.json({ status: 'ok' } as const, 200)
  })
  .openapi(explain, (c) => {
    const { code } = c.req.valid('param')
    if (!isErrorCode(code)) throw new AppError('not_found')
    return c.json({ code, ...errorCodes[code] }, 200)
  })
