import { createRoute } from '@hono/zod-openapi'
import { eq } from 'drizzle-orm'
import { batchNamed } from '../db/batch-named'
import { jsonBody, jsonOf } from '../http/openapi'
import { createRouter } from '../http/router'
import { users } from '../users/tables'
import { byIdentifier, canonicalIdentifier, toUser } from '../users/users'
import { recordLookUp } from './acts'
import { forOperators, writeProblemsOfOperators } from './openapi'
import { findSchema, foundSchema, toBlocked } from './schemas'

const find = createRoute({
  ...forOperators,
  method: 'post',
  path: '/accounts/find',
  operationId: 'findAccount',
  summary: 'Find an account',
  description: 'It is a POST so that no contact is in an address, which logs and browsers keep.',
  request: { body: jsonBody(findSchema) },
  responses: { 200: jsonOf(foundSchema, 'The account, or null if nobody has that'), ...writeProblemsOfOperators },
})

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

export const findRoutes = createRouter().openapi(find, async (c) => {
  const { identifier: typed } = c.req.valid('json')
  const { config, db, operator } = c.var
  const identifier = canonicalIdentifier(typed, config.DEFAULT_COUNTRY)
  const isId = ID.test(typed)
  const which = isId ? eq(users.id, typed.toLowerCase()) : byIdentifier(identifier)
  const { found } = await batchNamed(db, {
    ...recordLookUp(db, { operator, by: isId ? 'id' : identifier.column, which, now: Date.now() }),
    found: db.select().from(users).where(which),
  })
  const [user] = found
  return c.json({ account: user ? { ...toUser(user), ...toBlocked(user.blockedAt) } : null }, 200)
})

// Without this, the other methods would be about an account with the id `find`.
findRoutes.all('/accounts/find', (c) => c.notFound())
