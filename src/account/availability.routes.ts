import { createRoute } from '@hono/zod-openapi'
import { sql } from 'drizzle-orm'
import * as z from 'zod'
import type { Db } from '../db/client'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { json, jsonBody, openProblems, problem } from '../http/openapi'
import { createRouter } from '../http/router'
import { readVerificationToken } from '../log-in/code/verification'
import { contactColumn } from '../users/contacts'
import { isReserved } from '../users/past-identifiers'
import { users } from '../users/tables'
import { byIdentifier, type Identifier } from '../users/users'
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
    200: json(z.object({ available: z.boolean() }), 'Whether a new account could have it'),
    ...openProblems,
    403: problem('cross_site_request', 'invalid_verification_token'),
  },
})

export const availabilityRoutes = createRouter().openapi(getAvailability, async (c) => {
  const { username, verificationToken = '' } = c.req.valid('json')
  const { db, keys } = c.var
  const now = Date.now()
  if (username !== undefined) {
    const { isFree } = await find(db, { column: 'username', value: username }, now)
    return c.json({ available: isFree }, 200)
  }
  const proof = await readVerificationToken(keys, verificationToken, { purpose: 'verify', now })
  const { stamp, isFree } = await find(db, { column: contactColumn[proof.channel], value: proof.to }, now)
  if (stamp !== proof.stamp) throw new AppError('invalid_verification_token')
  return c.json({ available: isFree }, 200)
})

/** Whether a new account could have an identifier, and the proof stamp of the account that has it now. */
async function find(db: Db, identifier: Identifier, now: number): Promise<{ stamp: string | null; isFree: boolean }> {
  const holder = db.select({ stamp: users.proofStamp }).from(users).where(byIdentifier(identifier))
  const [found] = await db
    .select({ stamp: sql<string | null>`${holder}`, isReserved: isReserved(db, [identifier], { now }) })
    .from(sql`(SELECT 1)`)
  const stamp = found?.stamp ?? null
  return { stamp, isFree: stamp === null && !found?.isReserved }
}
