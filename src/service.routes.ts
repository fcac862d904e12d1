import { createRoute } from '@hono/zod-openapi'
import { sql } from 'drizzle-orm'
import * as z from 'zod'
import { readConfig } from './config'
import { openDb } from './db/client'
import { hasOutbox } from './delivery/channels'
import { AppError, errorCodes, isErrorCode } from './errors'
import { limitByAddress } from './http/address-limit'
import { empty, json, problem } from './http/openapi'
import { prefersHtml } from './http/prefers-html'
import { createRouter } from './http/router'
import { type Trace, traceOf } from './http/trace'
import { deriveKeys } from './keys'
import { openKv } from './kv'
import { SECOND_MS } from './lib/time'
import { findFaults } from './log-in/social/providers'

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
  description: 'D1 and KV are asked once in five seconds.',
  security: [],
  middleware: limitByAddress,
  responses: {
    200: json(healthSchema, 'All of them work'),
    429: problem('rate_limited'),
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

interface Health {
  /** The parts that do not answer. */
  down: string[]
  cause: unknown
  checkedAt: number
}

/** For so long an isolate does not ask again, so that nobody can keep D1 busy with this. */
const HEALTH_LIFE_MS = 5 * SECOND_MS

/** What was found out. Requests do not share a check that is still going on. */
const checked = new WeakMap<Env, Health>()

/** Which of D1 and KV do not answer. */
async function findDown(env: Env, trace: Trace): Promise<Health> {
  const known = checked.get(env)
  const age = Date.now() - (known?.checkedAt ?? 0)
  if (known && age >= 0 && age < HEALTH_LIFE_MS) return known
  const parts = {
    D1: openDb(env.DB, 'first-primary', trace).run(sql`SELECT 1`),
    KV: openKv(env.KV, trace).get('health', z.unknown()),
  }
  const outcomes = await Promise.allSettled(Object.values(parts))
  const health = {
    down: Object.keys(parts).filter((_, index) => outcomes[index]?.status === 'rejected'),
    cause: outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))[0],
    checkedAt: Date.now(),
  }
  checked.set(env, health)
  return health
}

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
    const faults = await findFaults(config)
    if (faults.length > 0) throw new AppError('misconfigured', { detail: `${faults.join('; ')}.` })
    const { down, cause } = await findDown(c.env, traceOf(c.req.raw))
    if (down.length > 0)
      throw new AppError('unavailable', {
        detail: `${down.join(' and ')} ${down.length === 1 ? 'does' : 'do'} not answer.`,
        cause,
      })
    return c.json({ status: 'ok' } as const, 200)
  })
  .openapi(explain, (c) => {
    const { code } = c.req.valid('param')
    if (!isErrorCode(code)) throw new AppError('not_found')
    return c.json({ code, ...errorCodes[code] }, 200)
  })
