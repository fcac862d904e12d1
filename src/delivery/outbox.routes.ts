import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import { readConfig } from '../config'
import { AppError } from '../errors'
import { readBearerToken, unauthenticated } from '../http/authorization'
import { json, problem } from '../http/openapi'
import { createRouter } from '../http/router'
import { traceOf } from '../http/trace'
import { openKv } from '../kv'
import { hasOutbox } from './channels'
import { outboxMessageSchema, readOutbox } from './outbox'
import { isOutboxToken } from './outbox-access'

const getOutbox = createRoute({
  method: 'get',
  path: '/outbox',
  operationId: 'getOutbox',
  tags: ['Service'],
  summary: 'The messages that were not sent but kept here',
  description:
    'Messages of the last ten minutes, newest first. Only on your own computer, only if `DELIVERY` is `outbox`, and only with the `OUTBOX_TOKEN` of `.dev.vars`.',
  security: [{ outbox: [] }],
  responses: {
    200: json(z.object({ messages: z.array(outboxMessageSchema) }), 'The messages'),
    401: problem('unauthenticated'),
    404: problem('not_found'),
    500: problem('internal_error'),
    503: problem('misconfigured', 'unavailable'),
  },
})

export const outboxRoutes = createRouter().openapi(getOutbox, async (c) => {
  const config = readConfig(c.env)
  if (!hasOutbox(config, c.req.url)) throw new AppError('not_found')
  const token = readBearerToken(c)
  if (!(await isOutboxToken(config, token))) throw unauthenticated(token)
  return c.json({ messages: await readOutbox(openKv(c.env.KV, traceOf(c.req.raw))) }, 200, {
    'Cache-Control': 'no-store',
  })
})
