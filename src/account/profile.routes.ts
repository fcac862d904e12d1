import { createRoute } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from '../context'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { clientInfo } from '../http/client-info'
import { json, jsonBody, problem, readProblems, signedIn, writeProblems } from '../http/openapi'
import { createRouter } from '../http/router'
import { PROOF_REFUSALS } from '../log-in/fresh-proof/refusals'
import { requireFreshProof } from '../log-in/fresh-proof/require-fresh-proof'
import { freshProofFields } from '../log-in/fresh-proof/schemas'
import { requireCaller, requireSession } from '../sessions/require-user'
import { renewCopies } from '../sessions/session-copy'
import { userSchema } from '../users/schemas'
import { findUser, toUser } from '../users/users'
import { makeAndTell, newChange } from './account-change'
import { changeProfile } from './change-profile'
import { profilePatchSchema } from './schemas'

const getMe = createRoute({
  method: 'get',
  path: '/me',
  operationId: 'getMe',
  tags: ['Account'],
  summary: 'Your profile',
  security: signedIn,
  middleware: requireSession,
  responses: { 200: json(userSchema, 'Your profile'), ...readProblems },
})

/** People log in with a user name, as with a contact. So a new one needs a fresh proof (ASVS 7.5.1). */
const requireFreshProofForUsername: MiddlewareHandler<AppEnv> = async (c, next) => {
  const body: unknown = await c.req.json().catch(() => null)
  const changesUsername = typeof body === 'object' && body !== null && Object.hasOwn(body, 'username')
  if (changesUsername) return requireFreshProof(c, next)
  c.set('freshProof', { kind: 'not_needed' })
  return next()
}

const patchMe = createRoute({
  method: 'patch',
  path: '/me',
  operationId: 'updateMe',
  tags: ['Account'],
  summary: 'Change your profile',
  description:
    'Changes only the fields that you name; `null` clears a name, a nickname or the time zone. A new user name needs a fresh proof of who you are. The contacts on file get a notice of it, with a link that takes it back.',
  security: signedIn,
  middleware: [limitByAddress, requireCaller, requireFreshProofForUsername] as const,
  request: { body: jsonBody(profilePatchSchema.extend(freshProofFields)) },
  responses: {
    200: json(userSchema, 'Your profile after the change'),
    ...writeProblems,
    403: problem('cross_site_request', 'second_factor_setup_required', ...PROOF_REFUSALS),
    409: problem('username_taken'),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const profileRoutes = createRouter()
  .openapi(getMe, async (c) => {
    const { userId } = c.var.caller
    // A replica may not know a new user yet. The primary does.
    const user = (await findUser(c.var.db, userId)) ?? (await findUser(c.var.primary(), userId))
    if (!user) throw new AppError('unauthenticated')
    return c.json(toUser(user), 200)
  })
  .openapi(patchMe, async (c) => {
    const { currentPassword: _, secondFactorCode: __, ...patch } = c.req.valid('json')
    const change = await newChange(c.var.keys, 'username', Date.now())
    const changing = changeProfile(c.var, patch, { client: clientInfo(c), change })
    const { user, sessions } = await makeAndTell(c, change, { purpose: 'username_changed' }, changing)
    await renewCopies(c.var, sessions, user, change.now)
    return c.json(toUser(user), 200)
  })
