import { createRoute } from '@hono/zod-openapi'
import { and, eq, exists, gt, notExists, sql } from 'drizzle-orm'
import { createMiddleware } from 'hono/factory'
import { record } from '../activity/activity'
import { type AppEnv, createRouter } from '../context'
import { activity, sessions, users } from '../db/schema'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { afterAnswer } from '../http/after-answer'
import { clientInfo } from '../http/client-info'
import { empty, optionalJsonBody, problem, signedIn, writeProblems } from '../http/openapi'
import { FRESH_FOR_MS, requireFreshProof, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { clearFailures } from '../log-in/password/throttle'
import { freshProofSchema } from '../log-in/schemas'
import { contactsOf, notify } from '../notices/notify'
import { removeAuthCookies } from '../sessions/cookies'
import { requireCaller } from '../sessions/require-user'
import { whileLive, writeAs } from '../sessions/session'
import { forgetCopies, forgetIfLost } from '../sessions/session-copy'

/** Who asks without a proof may be a thief: the owner can read of it. Once in ten minutes, so that it hides nothing else. */
const noteRefusal = createMiddleware<AppEnv>(async (c, next) => {
  await next()
  if (c.res.status !== 403) return
  const { caller, db } = c.var
  const client = clientInfo(c)
  const now = Date.now()
  const lately = db
    .select({ one: sql`1` })
    .from(activity)
    .where(
      and(
        eq(activity.userId, caller.userId),
        eq(activity.event, 'deletion_asked'),
        gt(activity.at, now - FRESH_FOR_MS),
      ),
    )
  const { userId, sessionId } = caller
  const only = sql`${notExists(lately)} AND ${whileLive(db, caller, now)}`
  afterAnswer(c, () => record(db, { userId, event: 'deletion_asked', client, now, sessionId }, only))
})

const deleteMe = createRoute({
  method: 'delete',
  path: '/me',
  operationId: 'deleteMe',
  tags: ['Account'],
  summary: 'Delete your account and everything in it',
  description:
    'Needs a fresh proof: a log-in within the last ten minutes, or `currentPassword`. Nothing is left to undo it with.',
  security: signedIn,
  middleware: [limitByAddress, requireCaller, noteRefusal, requireFreshProof] as const,
  request: { body: optionalJsonBody(freshProofSchema) },
  responses: {
    204: empty('Everything is gone, and every session has ended'),
    ...writeProblems,
    403: problem('cross_site_request', 'fresh_proof_required', 'wrong_password'),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const deletionRoutes = createRouter().openapi(deleteMe, async (c) => {
  const { caller, db } = c.var
  const now = Date.now()
  const own = db.select({ id: sessions.id }).from(sessions).where(eq(sessions.userId, caller.userId))
  // Asked for before, too: if the answer of the deletion is lost, nobody can tell any more of which sessions there are copies.
  const known = await own
  // To-dos, sessions and activity go with the row. What counts codes stays for a day: it names nobody, and no limit may be
  // escaped by deleting an account.
  const isProven = exists(db.select({ id: users.id }).from(users).where(whileProven(c.var, now)))
  const deleting = writeAs(db, caller, now, [
    own,
    clearFailures(db, caller.userId, isProven),
    db.delete(users).where(whileProven(c.var, now)).returning(),
  ])
  const [ended, , [deleted]] = await forgetIfLost(c.var, deleting, () => known.map(({ id }) => id))
  if (!deleted) throw new AppError('wrong_password')
  notify(c, { to: contactsOf(deleted), purpose: 'account_deleted' })
  const ids = ended.map(({ id }) => id)
  await forgetCopies(c.var.kv, ids, c.var.background)
  removeAuthCookies(c)
  return c.body(null, 204)
})
