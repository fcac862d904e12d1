import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { removalRequestSchema } from '../account-data/identities'
import type { AppEnv } from '../context'
import type { ErrorCode } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { clientInfo } from '../http/client-info'
import { empty, json, jsonBody, optionalJsonBody, problem, signedIn, writeProblems } from '../http/openapi'
import { createRouter } from '../http/router'
import { isoTime } from '../lib/time'
import { readVerificationToken } from '../log-in/code/verification'
import { PROOF_REFUSALS } from '../log-in/fresh-proof/refusals'
import { requireFreshProof } from '../log-in/fresh-proof/require-fresh-proof'
import { freshProofSchema } from '../log-in/fresh-proof/schemas'
import { newLink } from '../notices/link'
import { requireCaller } from '../sessions/require-user'
import { renewCopies } from '../sessions/session-copy'
import { type ContactName, channelOf } from '../users/contacts'
import { userSchema } from '../users/schemas'
import { toUser } from '../users/users'
import { makeAndTell, newChange } from './account-change'
import { type ContactChange, type ContactOutcome, removeContact, setContact, takenErrorCode } from './change-contact'
import { contactSchema } from './schemas'
import { tellOfRequest } from './tell-of-request'

const contactNames = { email: 'e-mail address', phone: 'phone number' } as const

const middleware = [limitByAddress, requireCaller, requireFreshProof]
const asked = 'Asked for. The contact is told, and can stop it until then'
const tooManyProblem = problem('rate_limited', 'too_many_attempts')

const putContact = <Name extends ContactName>(name: Name) =>
  createRoute({
    method: 'put',
    path: `/me/${name}` as const,
    operationId: `put${name === 'email' ? 'Email' : 'Phone'}`,
    tags: ['Account'],
    summary: `Set or change your ${contactNames[name]}`,
    description:
      'Needs a verification token of purpose `verify`, which it spends, and a fresh proof of who you are. All contacts on file get a notice, with a link that takes it back for seven days. Three changes a day are possible. If a contact is there that you proved neither by the password nor by its own code, this is a request: 202, and nothing is spent. Send it again once its time has come.',
    security: signedIn,
    middleware,
    request: { body: jsonBody(contactSchema) },
    responses: {
      200: json(userSchema, 'Your profile after the change'),
      202: json(removalRequestSchema, asked),
      ...writeProblems,
      403: problem(
        'cross_site_request',
        'second_factor_setup_required',
        ...PROOF_REFUSALS,
        'invalid_verification_token',
      ),
      409: problem<ErrorCode>(takenErrorCode[name], 'identifier_reserved'),
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
      'Needs a fresh proof of who you are. All contacts on file get a notice, with a link that takes it back for seven days. Three changes a day are possible. The last way to log in cannot be removed. If you proved neither the password nor this contact, this is a request: 202. Send it again once its time has come.',
    security: signedIn,
    middleware,
    request: { body: optionalJsonBody(freshProofSchema) },
    responses: {
      202: json(removalRequestSchema, asked),
      204: empty('Removed, or it was not there'),
      ...writeProblems,
      403: problem('cross_site_request', 'second_factor_setup_required', ...PROOF_REFUSALS),
      409: problem('last_way_to_log_in'),
      429: tooManyProblem,
    },
  })

export const contactRoutes = createRouter()
  .openapi(putContact('email'), (c) => set(c, 'email', c.req.valid('json').verificationToken))
  .openapi(putContact('phone'), (c) => set(c, 'phone', c.req.valid('json').verificationToken))
  .openapi(deleteContact('email'), (c) => remove(c, 'email'))
  .openapi(deleteContact('phone'), (c) => remove(c, 'phone'))

async function set(c: Context<AppEnv>, name: ContactName, token: string) {
  const now = Date.now()
  const proof = await readVerificationToken(c.var.keys, token, { purpose: 'verify', now })
  const outcome = await change(c, name, (by) => setContact(c.var, name, proof, by))
  return outcome.kind === 'asked' ? answerAsked(c, outcome) : c.json(toUser(outcome.user), 200)
}

async function remove(c: Context<AppEnv>, name: ContactName) {
  const outcome = await change(c, name, (by) => removeContact(c.var, name, by))
  return outcome.kind === 'asked' ? answerAsked(c, outcome) : c.body(null, 204)
}

/** Changes a contact, or asks for it, and tells of it (ASVS 6.3.7). */
async function change(
  c: Context<AppEnv>,
  name: ContactName,
  make: (by: ContactChange) => Promise<ContactOutcome>,
): Promise<ContactOutcome> {
  const { keys } = c.var
  const now = Date.now()
  const changed = channelOf[name]
  const [link, newOne] = await Promise.all([newLink(keys), newChange(keys, name, now)])
  const making = make({ client: clientInfo(c), linkMac: link.linkMac, change: newOne, now })
  // Of a request, only the contact that is to go is told.
  tellOfRequest(c, making, { target: { contact: name }, link })
  const outcome = await makeAndTell(c, newOne, { purpose: 'contact_changed', changed }, making)
  if (outcome.kind === 'changed') {
    // The copies may lack the change even when this request changed nothing: an earlier one may have made it, and its answer got lost.
    await renewCopies(c.var, outcome.sessions, outcome.user, now)
  }
  return outcome
}

const answerAsked = (c: Context<AppEnv>, { effectiveAt }: { effectiveAt: number }) =>
  c.json({ effectiveAt: isoTime(effectiveAt) }, 202)
