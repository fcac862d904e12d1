import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { AppEnv } from '../context'
import { limitByAddress } from '../http/address-limit'
import { clientInfo } from '../http/client-info'
import { empty, json, jsonBody, optionalJsonBody, problem, signedIn, writeProblems } from '../http/openapi'
import { createRouter } from '../http/router'
import { readVerificationToken } from '../log-in/code/verification'
import { requireFreshProof } from '../log-in/fresh-proof/require-fresh-proof'
import { freshProofSchema } from '../log-in/fresh-proof/schemas'
import { contactsOf, notify } from '../notices/notify'
import { requireCaller } from '../sessions/require-user'
import { renewCopies } from '../sessions/session-copy'
import { type ContactName, channelOf } from '../users/contacts'
import { type User, userSchema } from '../users/schemas'
import { toUser } from '../users/users'
import { type ContactChange, removeContact, setContact, takenErrorCode } from './change-contact'
import { contactSchema } from './schemas'

const contactNames = { email: 'e-mail address', phone: 'phone number' } as const

const middleware = [limitByAddress, requireCaller, requireFreshProof]
const tooManyProblem = problem('rate_limited', 'too_many_attempts')

const putContact = <Name extends ContactName>(name: Name) =>
  createRoute({
    method: 'put',
    path: `/me/${name}` as const,
    operationId: `put${name === 'email' ? 'Email' : 'Phone'}`,
    tags: ['Account'],
    summary: `Set or change your ${contactNames[name]}`,
    description:
      'Needs a verification token of purpose `verify`, which it spends, and a fresh proof of who you are. All contacts on file get a notice.',
    security: signedIn,
    middleware,
    request: { body: jsonBody(contactSchema) },
    responses: {
      200: json(userSchema, 'Your profile after the change'),
      ...writeProblems,
      403: problem('cross_site_request', 'fresh_proof_required', 'wrong_password', 'invalid_verification_token'),
      409: problem(takenErrorCode[name]),
      429: tooManyProblem,
    },
  })

const deleteContact = <Name extends ContactName>(name: Name) =>
  createRoute({
    method: 'delete',
    path: `/me/${name}` as const,
    operationId: `delete${name === 'email' ? 'Email' : 'Phone'}`,
    tags: ['Account'],
    summary: `Remove your ${contactNames[name]}`,
    description:
      'Needs a fresh proof of who you are. All contacts on file get a notice. The last way to log in cannot be removed.',
    security: signedIn,
    middleware,
    request: { body: optionalJsonBody(freshProofSchema) },
    responses: {
      204: empty('Removed, or it was not there'),
      ...writeProblems,
      403: problem('cross_site_request', 'fresh_proof_required', 'wrong_password'),
      409: problem('last_way_to_log_in'),
      429: tooManyProblem,
    },
  })

export const contactRoutes = createRouter()
  .openapi(putContact('email'), async (c) => c.json(await set(c, 'email', c.req.valid('json').verificationToken), 200))
  .openapi(putContact('phone'), async (c) => c.json(await set(c, 'phone', c.req.valid('json').verificationToken), 200))
  .openapi(deleteContact('email'), async (c) => {
    await remove(c, 'email')
    return c.body(null, 204)
  })
  .openapi(deleteContact('phone'), async (c) => {
    await remove(c, 'phone')
    return c.body(null, 204)
  })

async function set(c: Context<AppEnv>, name: ContactName, token: string): Promise<User> {
  const now = Date.now()
  const proof = await readVerificationToken(c.var.keys, token, { purpose: 'verify', now })
  const change = await setContact(c.var, name, proof, { client: clientInfo(c), now })
  await tellOfChange(c, name, change, now)
  return toUser(change.user)
}

async function remove(c: Context<AppEnv>, name: ContactName): Promise<void> {
  const now = Date.now()
  await tellOfChange(c, name, await removeContact(c.var, name, { client: clientInfo(c), now }), now)
}

/**
 * Tells all contacts that were there before (ASVS 6.3.7), and renews the copies of the sessions. The copies may lack the change
 * even when this request changed nothing: an earlier one may have made it, and its answer got lost.
 */
async function tellOfChange(
  c: Context<AppEnv>,
  name: ContactName,
  { before, user, sessions }: ContactChange,
  now: number,
): Promise<void> {
  if (before) notify(c, { to: contactsOf(before), purpose: 'contact_changed', changed: channelOf[name] })
  await renewCopies(c.var, sessions, user, now)
}
