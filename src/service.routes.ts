import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import { readConfig } from './config'
import { hasOutbox } from './delivery/channels'
import { AppError, errorCodes, isErrorCode } from './errors'
import { checkHealth, hasSchema, versionOf } from './health'
import { limitByAddress } from './http/address-limit'
import { empty, json, problem } from './http/openapi'
import { prefersHtml } from './http/prefers-html'
import { createRouter } from './http/router'
import { traceOf } from './http/trace'
import { deriveKeys } from './keys'
import { findFaults } from './log-in/social/providers'
import { SCHEMA_VERSION } from './schema-version'

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

const healthSchema = z
  .object({
    status: z.literal('ok'),
    version: z
      .object({ id: z.string(), tag: z.string().nullable(), createdAt: z.iso.datetime() })
      .nullable()
      .meta({ description: 'The version of the Worker, as Cloudflare names it.' }),
    schema: z.object({
      wants: z.string().meta({ description: 'The newest migration that this version needs.', example: '0000_init' }),
      finds: z.string().meta({ description: 'The newest migration of the database.', example: '0000_init' }),
    }),
  })
  .meta({ id: 'Health' })

const health = createRoute({
  method: 'get',
  path: '/health',
  operationId: 'health',
  tags: ['Service'],
  summary: 'Do the settings, the tables, D1 and KV work?',
  description: 'It names the version that runs. D1 and KV are asked once in five seconds.',
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
    const { down, cause, schema } = await checkHealth(c.env, traceOf(c.req.raw))
    if (down.length > 0)
      throw new AppError('unavailable', {
        detail: `${down.join(' and ')} ${down.length === 1 ? 'does' : 'do'} not answer.`,
        cause,
      })
    if (schema === null || !hasSchema(schema)) {
      const found = schema === null ? 'no tables' : `the tables of ${schema}`
      const detail = `The database has ${found}, and this version needs those of ${SCHEMA_VERSION}: apply the migrations.`
      throw new AppError('misconfigured', { detail })
    }
    const body = { status: 'ok', version: versionOf(c.env), schema: { wants: SCHEMA_VERSION, finds: schema } } as const
    return c.json(body, 200)
  })
  .openapi(explain, (c) => {
    const { code } = c.req.valid('param')
    if (!isErrorCode(code)) throw new AppError('not_found')
    return c.json({ code, ...errorCodes[code] }, 200)
  })
