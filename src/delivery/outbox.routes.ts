import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import { readConfig } from '../config'
import { AppError } from '../errors'
import { json, problem } from '../http/openapi'
import { createRouter } from '../http/router'
import { traceOf } from '../http/trace'
import { openKv } from '../kv'
import { hasOutbox } from './channels'
import { outboxMessageSchema, readOutbox } from './outbox'

const getOutbox = createRoute({
  method: 'get',
  path: '/outbox',
  operationId: 'getOutbox',
  tags: ['Service'],
  summary: 'The messages that were not sent but kept here',
  description:
    'Messages of the last ten minutes, newest first. Only on your own computer, and only if `DELIVERY` is `outbox`.',
  security: [],
  responses: {
    200: json(z.object({ messages: z.array(outboxMessageSchema) }), 'The messages'),
    404: problem('not_found'),
    500: problem('internal_error'),
    503: problem('misconfigured', 'unavailable'),
  },
})

export const outboxRoutes = createRouter().openapi(getOutbox, async (c) => {
  if (!hasOutbox(readConfig(c.env), c.req.url)) throw new AppError('not_found')
  return c.json({ messages: await readOutbox(openKv(c.env.KV, traceOf(c.req.raw))) }, 200, {
    'Cache-Control': 'no-store',
  })
})
