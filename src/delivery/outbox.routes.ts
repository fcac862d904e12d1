import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import { readConfig } from '../config'
import { createRouter } from '../context'
import { AppError } from '../errors'
import { json, problem } from '../http/openapi'
import { hasOutbox } from './channels'
import { outboxMessageSchema, readOutbox } from './outbox'

const getOutbox = createRoute({
  method: 'get',
  path: '/outbox',
  operationId: 'getOutbox',
  tags: ['Service'],
  summary: 'What would have been sent',
  description:
    'On your own computer only, where `DELIVERY` is `outbox`: messages of the last ten minutes, newest first.',
  security: [],
  responses: {
    200: json(z.object({ messages: z.array(outboxMessageSchema) }), 'The messages'),
    404: problem('not_found'),
    500: problem('internal_error'),
    503: problem('misconfigured'),
  },
})

export const outboxRoutes = createRouter().openapi(getOutbox, async (c) => {
  if (!hasOutbox(readConfig(c.env), c.req.url)) throw new AppError('not_found')
  return c.json({ messages: await readOutbox(c.env.KV) }, 200, { 'Cache-Control': 'no-store' })
})
