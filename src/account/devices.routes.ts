import { createRoute } from '@hono/zod-openapi'
import { and, desc, eq, exists, gt } from 'drizzle-orm'
import { createMiddleware } from 'hono/factory'
import * as z from 'zod'
import { type AppEnv, createRouter } from '../context'
import { sessions, users } from '../db/schema'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { clientInfo } from '../http/client-info'
import { empty, json, optionalJsonBody, problem, readProblems, signedIn, writeProblems } from '../http/openapi'
import { requireFreshProof, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { deviceListSchema, freshProofSchema } from '../log-in/schemas'
import { removeAuthCookies } from '../sessions/cookies'
import { endSessions, findEnded, othersOf } from '../sessions/end-sessions'
import { requireCaller } from '../sessions/require-user'
import { isLive, writeAs } from '../sessions/session'
import { forgetCopies, forgetIfLost, toDevice } from '../sessions/session-copy'

const common = { tags: ['Session'], security: signedIn }

const list = createRoute({
  ...common,
  method: 'get',
  path: '/sessions',
  operationId: 'listSessions',
  summary: 'Where you are signed in',
  description: 'Asked of D1 at its primary: what has just ended is not there. The newest first.',
  middleware: requireCaller,
  responses: { 200: json(deviceListSchema, 'Your sessions'), ...readProblems },
})

/** Ending one's own session is logging out; ending another needs what ending all others needs (ASVS 7.5.2). */
const requireFreshProofUnlessOwn = createMiddleware<AppEnv>((c, next) => {
  if (c.req.param('id')?.toLowerCase() !== c.var.caller.sessionId) return requireFreshProof(c, next)
  c.set('provenUser', null)
  return next()
})

const endOne = createRoute({
  ...common,
  method: 'delete',
  path: '/sessions/{id}',
  operationId: 'endSession',
  summary: 'End one of your sessions',
  description:
    'It changes nothing from then on, and reads nothing more than 60 s later. Ending your own is logging out; any other needs a fresh proof.',
  middleware: [limitByAddress, requireCaller, requireFreshProofUnlessOwn] as const,
  request: {
    params: z.object({
      id: z.uuidv7().toLowerCase().meta({ description: 'UUIDv7', example: '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10' }),
    }),
    body: optionalJsonBody(freshProofSchema),
  },
  responses: {
    204: empty('It has ended'),
    ...writeProblems,
    403: problem('cross_site_request', 'fresh_proof_required', 'wrong_password'),
    404: problem('not_found'),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

const endOthers = createRoute({
  ...common,
  method: 'delete',
  path: '/sessions',
  operationId: 'endOtherSessions',
  summary: 'End all your sessions but this one',
  description: 'Needs a fresh proof: a log-in within the last ten minutes, or `currentPassword`.',
  middleware: [limitByAddress, requireCaller, requireFreshProof] as const,
  request: { body: optionalJsonBody(freshProofSchema) },
  responses: {
    204: empty('They have ended'),
    ...writeProblems,
    403: problem('cross_site_request', 'fresh_proof_required', 'wrong_password'),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const devicesRoutes = createRouter()
  .openapi(list, async (c) => {
    const { caller } = c.var
    const db = c.var.primary()
    const now = Date.now()
    const [rows] = await writeAs(db, caller, now, [
      db
        .select()
        .from(sessions)
        .where(and(eq(sessions.userId, caller.userId), gt(sessions.expiresAt, now)))
        .orderBy(desc(sessions.id)),
    ])
    return c.json({ sessions: rows.map((row) => toDevice(row, caller.sessionId)) }, 200)
  })
  .openapi(endOne, async (c) => {
    const { caller, db } = c.var
    const { id } = c.req.valid('param')
    const now = Date.now()
    const proven = db.select({ id: users.id }).from(users).where(whileProven(c.var, now))
    const which = and(isLive({ sessionId: id, userId: caller.userId }, now), exists(proven))
    const ending = writeAs(db, caller, now, [proven, ...endSessions(db, which, { client: clientInfo(c), now })])
    const [[user], , ended] = await forgetIfLost(c.var, ending, () => [id])
    if (!user) throw new AppError('wrong_password')
    if (ended.length === 0) throw new AppError('not_found')
    await forgetCopies(c.var.kv, [id], c.var.background)
    if (id === caller.sessionId) removeAuthCookies(c)
    return c.body(null, 204)
  })
  .openapi(endOthers, async (c) => {
    const { caller, db } = c.var
    const now = Date.now()
    const proven = db.select({ id: users.id }).from(users).where(whileProven(c.var, now))
    const which = and(othersOf(caller), exists(proven))
    const ending = writeAs(db, caller, now, [proven, ...endSessions(db, which, { client: clientInfo(c), now })])
    const [[user], , ended] = await forgetIfLost(c.var, ending, () => findEnded(db, caller.userId, now))
    if (!user) throw new AppError('wrong_password')
    const ids = ended.map(({ id }) => id)
    await forgetCopies(c.var.kv, ids, c.var.background)
    return c.body(null, 204)
  })
