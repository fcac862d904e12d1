import { createRoute } from '@hono/zod-openapi'
import { eq, type SQL } from 'drizzle-orm'
import * as z from 'zod'
import { AppError } from '../errors'
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
  const find = (who: SQL) => db.select({ stamp: users.proofStamp }).from(users).where(who).get()
  if (username !== undefined)
    return c.json({ available: (await find(eq(users.username, username))) === undefined }, 200)

  const proof = await readVerificationToken(keys, verificationToken ?? '', { purpose: 'verify', now: Date.now() })
  const holder = await find(byContact(proof))
  if ((holder?.stamp ?? null) !== proof.stamp) throw new AppError('invalid_verification_token')
  return c.json({ available: holder === undefined }, 200)
})
