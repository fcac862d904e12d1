import { createRoute } from '@hono/zod-openapi'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { record } from '../activity/activity'
import { batchNamed } from '../db/batch-named'
import { existsRow } from '../db/exists'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { clientInfo } from '../http/client-info'
import { empty, jsonBody, openProblems, problem } from '../http/openapi'
import { createRouter } from '../http/router'
import { macsOfLink } from '../notices/link'
import { contactRequests, users } from '../users/tables'
import { linkSchema } from './schemas'

const stopRequest = createRoute({
  method: 'post',
  path: '/contact-requests/stop',
  operationId: 'stopContactRequest',
  tags: ['Account'],
  summary: 'Stop a request to remove or replace your contact',
  description:
    'With the token of the link in the notice about it. It works once, until the request takes effect or is void.',
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
  const now = Date.now()
  const macs = await macsOfLink(keys, c.req.valid('json').token)
  const isNamed = inArray(contactRequests.linkMac, macs)
  // The contact could still be removed for some days after the request's time has come. So it can still be stopped.
  const isOpen = and(
    isNamed,
    existsRow(db, users, and(eq(users.id, contactRequests.userId), eq(users.proofStamp, contactRequests.stamp))),
  )
  const find = db.select({ userId: contactRequests.userId }).from(contactRequests).where(isNamed)
  const { stopped } = await batchNamed(db, {
    recorded: record(
      db,
      { userId: sql`${find}`, event: 'contact_removal_stopped', client: clientInfo(c), now },
      existsRow(db, contactRequests, isOpen),
    ),
    stopped: db
      .update(contactRequests)
      .set({ stamp: null })
      .where(isOpen)
      .returning({ userId: contactRequests.userId }),
  })
  if (stopped.length === 0) throw new AppError('invalid_link')
  return c.body(null, 204)
})
