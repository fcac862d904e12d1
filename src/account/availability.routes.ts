import { createRoute } from '@hono/zod-openapi'
import { eq } from 'drizzle-orm'
import * as z from 'zod'
import { limitByAddress } from '../http/address-limit'
import { json, jsonBody, openProblems, problem } from '../http/openapi'
import { createRouter } from '../http/router'
import { readVerificationToken } from '../log-in/code/verification'
import { users } from '../users/tables'
import { byContact } from '../users/users'
import { availabilitySchema } from './schemas'

const getAvailability = createRoute({
  method: 'post',
  path: '/availability',
  operationId: 'getAvailability',
  tags: ['Account'],
  summary: 'Is a user name, or a contact of yours, free?',
  description:
    'To ask about a contact, send its verification token: only somebody who has proven the contact gets an answer.',
  security: [],
  middleware: limitByAddress,
  request: { body: jsonBody(availabilitySchema) },
  responses: {
    200: json(z.object({ available: z.boolean() }), 'Whether no account has it'),
    ...openProblems,
    403: problem('cross_site_request', 'invalid_verification_token'),
  },
})

export const availabilityRoutes = createRouter().openapi(getAvailability, async (c) => {
  const { username, verificationToken } = c.req.valid('json')
  const { db, keys } = c.var
  const who =
    username === undefined
      ? byContact(await readVerificationToken(keys, verificationToken ?? '', { purpose: 'verify', now: Date.now() }))
      : eq(users.username, username)
  const holder = await db.select({ id: users.id }).from(users).where(who).get()
  return c.json({ available: holder === undefined }, 200)
})
