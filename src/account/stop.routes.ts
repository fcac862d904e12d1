import { createRoute } from '@hono/zod-openapi'
import { batchNamed } from '../db/batch-named'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { clientInfo } from '../http/client-info'
import { empty, jsonBody, openProblems, problem } from '../http/openapi'
import { createRouter } from '../http/router'
import { stopRemoval } from '../log-in/stop-removals'
import { macsOfLink } from '../notices/link'
import { linkSchema } from './schemas'

const stopRequest = createRoute({
  method: 'post',
  path: '/removal-requests/stop',
  operationId: 'stopRemovalRequest',
  tags: ['Account'],
  summary: 'Stop a request to remove a contact, an identity or a passkey of yours',
  description:
    'With the token of the link in the notice about it. It works once, until what was asked for is done, or the request is void.',
  security: [],
  middleware: limitByAddress,
  request: { body: jsonBody(linkSchema) },
  responses: {
    204: empty('It is stopped'),
    ...openProblems,
    403: problem('cross_site_request', 'invalid_link'),
  },
})

export const stopRoutes = createRouter().openapi(stopRequest, async (c) => {
  const { db, keys } = c.var
  const linkMacs = await macsOfLink(keys, c.req.valid('json').token)
  const { stopped } = await batchNamed(db, stopRemoval(db, { linkMacs }, { client: clientInfo(c), now: Date.now() }))
  if (stopped.length === 0) throw new AppError('invalid_link')
  return c.body(null, 204)
})
