import { createRoute } from '@hono/zod-openapi'
import { and, desc, type SQL } from 'drizzle-orm'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import * as z from 'zod'
import type { AppEnv } from '../context'
import { existsRow } from '../db/exists'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { clientInfo } from '../http/client-info'
import { empty, json, optionalJsonBody, problem, readProblems, signedIn, writeProblems } from '../http/openapi'
import { createRouter } from '../http/router'
import { PROOF_REFUSALS } from '../log-in/fresh-proof/refusals'
import { requireFreshProof, unproven, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { freshProofSchema } from '../log-in/fresh-proof/schemas'
import { asCaller } from '../sessions/as-caller'
import { clearBrowser } from '../sessions/cookies'
import { endSessions, findEnded, othersOf } from '../sessions/end-sessions'
import { nextDeviceEpoch, stayKnown } from '../sessions/known-device'
import { requireCaller } from '../sessions/require-user'
import { deviceListSchema } from '../sessions/schemas'
import { forgetCopies, forgetIfLost, toDevice } from '../sessions/session-copy'
import { isLive, liveSessionsOf } from '../sessions/sessions'
import { sessions } from '../sessions/tables'
import { endProofs } from '../users/proof-stamp'
import { users } from '../users/tables'

const common = { tags: ['Session'], security: signedIn }

const list = createRoute({
  ...common,
  method: 'get',
  path: '/sessions',
  operationId: 'listSessions',
  summary: 'Where you are signed in',
  description: 'The newest first. A session that has just ended is not in it.',
  middleware: requireCaller,
  responses: { 200: json(deviceListSchema, 'Your sessions'), ...readProblems },
})

/** To end the session of the request is to log out. To end any other session needs a fresh proof (ASVS 7.5.2). */
const requireFreshProofUnlessOwn = createMiddleware<AppEnv>((c, next) => {
  if (c.req.param('id')?.toLowerCase() !== c.var.caller.sessionId) return requireFreshProof(c, next)
  c.set('freshProof', { kind: 'not_needed' })
  return next()
})

const endOne = createRoute({
  ...common,
  method: 'delete',
  path: '/sessions/{id}',
  operationId: 'endSession',
  summary: 'End one of your sessions',
  description:
    'From then on the session can change nothing, and after 60 s it can read nothing. To end the session of the request is to log out. To end another one needs a fresh proof.',
  middleware: [limitByAddress, requireCaller, requireFreshProofUnlessOwn] as const,
  request: {
    params: z.object({
      id: z.uuidv7().toLowerCase().meta({ description: 'UUIDv7', example: '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10' }),
    }),
    body: optionalJsonBody(freshProofSchema),
  },
  responses: {
    204: empty('The session has ended'),
    ...writeProblems,
    403: problem('cross_site_request', 'second_factor_setup_required', ...PROOF_REFUSALS),
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
  description:
    'It also ends the codes and verification tokens that are out, and no device is known any more, except this one if it has the cookie. Needs a fresh proof: a log-in within the last ten minutes, or `currentPassword`.',
  middleware: [limitByAddress, requireCaller, requireFreshProof] as const,
  request: { body: optionalJsonBody(freshProofSchema) },
  responses: {
    204: empty('All other sessions have ended'),
    ...writeProblems,
    403: problem('cross_site_request', 'second_factor_setup_required', ...PROOF_REFUSALS),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const devicesRoutes = createRouter()
  .openapi(list, async (c) => {
    const { caller } = c.var
    const db = c.var.primary()
    const now = Date.now()
    const { own } = await asCaller(db, caller, now, () => ({
      own: db.select().from(sessions).where(liveSessionsOf(caller.userId, now)).orderBy(desc(sessions.id)),
    }))
    return c.json({ sessions: own.map((row) => toDevice(row, caller.sessionId)) }, 200)
  })
  .openapi(endOne, async (c) => {
    const { caller } = c.var
    const { id } = c.req.valid('param')
    const now = Date.now()
    const which = isLive({ sessionId: id, userId: caller.userId }, now)
    const { ids } = await forgetIfLost(c.var, endProven(c, { which, now }), () => [id])
    if (ids.length === 0) throw new AppError('not_found')
    await forgetCopies(c.var.kv, [id], c.var.background)
    if (id === caller.sessionId) clearBrowser(c)
    return c.body(null, 204)
  })
  .openapi(endOthers, async (c) => {
    const { caller, db, kv, background } = c.var
    const now = Date.now()
    const ending = endProven(c, { which: othersOf(caller), all: true, now })
    const { ids, epoch } = await forgetIfLost(c.var, ending, () => findEnded(db, caller.userId, now))
    const isKnown = epoch !== undefined && stayKnown(c, { userId: caller.userId, before: epoch - 1, epoch, now })
    await Promise.all([forgetCopies(kv, ids, background), isKnown])
    return c.body(null, 204)
  })

/**
 * Ends sessions of the caller while what was proven still holds. With `all` it also ends the codes and verification tokens that are
 * out, because somebody else may have asked for them, and forgets the known devices.
 * @returns the ids of the sessions that ended, and the new epoch of the devices
 * @throws {AppError} `wrong_password`, `unauthenticated` or `unavailable`
 */
async function endProven(
  c: Context<AppEnv>,
  { which, all = false, now }: { which: SQL | undefined; all?: boolean; now: number },
): Promise<{ ids: string[]; epoch: number | undefined }> {
  const { caller, db } = c.var
  const { proven, ended, forgotten } = await asCaller(db, caller, now, (whileLive) => {
    const isProven = whileProven(c.var, whileLive)
    return {
      proven: db.select({ id: users.id }).from(users).where(isProven),
      ...endSessions(db, and(which, existsRow(db, users, isProven)), { client: clientInfo(c), now }),
      forgotten: all
        ? db
            .update(users)
            .set({ ...endProofs, deviceEpoch: nextDeviceEpoch })
            .where(isProven)
            .returning({ epoch: users.deviceEpoch })
        : undefined,
    }
  })
  if (proven.length === 0) throw await unproven(c.var)
  return { ids: ended.map(({ id }) => id), epoch: forgotten?.[0]?.epoch }
}
