import { createRoute } from '@hono/zod-openapi'
import { and, eq, sql } from 'drizzle-orm'
import { createMiddleware } from 'hono/factory'
import { isSince, record } from '../activity/activity'
import { activity } from '../activity/tables'
import type { AppEnv } from '../context'
import { existsRow } from '../db/exists'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { afterAnswer } from '../http/after-answer'
import { clientInfo } from '../http/client-info'
import { empty, optionalJsonBody, problem, signedIn, writeProblems } from '../http/openapi'
import { createRouter } from '../http/router'
import { FRESH_FOR_MS, requireFreshProof, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { freshProofSchema } from '../log-in/fresh-proof/schemas'
import { logInThrottle } from '../log-in/password/tables'
import { failuresOf } from '../log-in/password/throttle'
import { contactsOf, notify } from '../notices/notify'
import { asCaller } from '../sessions/as-caller'
import { clearBrowser } from '../sessions/cookies'
import { requireCaller } from '../sessions/require-user'
import { forgetCopies, forgetIfLost } from '../sessions/session-copy'
import { liveSessionsOf } from '../sessions/sessions'
import { sessions } from '../sessions/tables'
import { users } from '../users/tables'

/**
 * Records in the activity that somebody asked for the deletion without a proof: it may be a thief. It does so once in ten
 * minutes, so that many attempts do not fill the list.
 */
const recordRefusal = createMiddleware<AppEnv>(async (c, next) => {
  await next()
  if (c.res.status !== 403) return
  const { caller, db } = c.var
  const { userId, sessionId } = caller
  const client = clientInfo(c)
  const now = Date.now()
  const lately = and(isSince(userId, now - FRESH_FOR_MS + 1), eq(activity.event, 'deletion_asked'))
  afterAnswer(c, () =>
    asCaller(db, caller, now, (whileLive) => ({
      recorded: record(
        db,
        { userId, event: 'deletion_asked', client, now, sessionId },
        sql`NOT ${existsRow(db, activity, lately)} AND ${whileLive}`,
      ),
    })),
  )
})

const deleteMe = createRoute({
  method: 'delete',
  path: '/me',
  operationId: 'deleteMe',
  tags: ['Account'],
  summary: 'Delete your account and everything in it',
  description: 'Needs a fresh proof: a log-in within the last ten minutes, or `currentPassword`. It cannot be undone.',
  security: signedIn,
  middleware: [limitByAddress, requireCaller, recordRefusal, requireFreshProof] as const,
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
  const own = db.select({ id: sessions.id }).from(sessions).where(liveSessionsOf(caller.userId, now))
  // If the answer of the deletion is lost, the rows of the sessions are gone too, and with them the ids of the copies to remove.
  // So the ids are read first.
  const known = await own
  const deleting = asCaller(db, caller, now, (whileLive) => {
    const isProven = whileProven(c.var, whileLive)
    return {
      own,
      removedFailures: db.delete(logInThrottle).where(and(failuresOf(caller.userId), existsRow(db, users, isProven))),
      // To-dos, sessions and activity go with the row. The counts of codes stay for a day: they name nobody, and deleting an
      // account must not reset a limit.
      deleted: db.delete(users).where(isProven).returning(),
    }
  })
  const results = await forgetIfLost(c.var, deleting, () => known.map(({ id }) => id))
  const [deleted] = results.deleted
  if (!deleted) throw new AppError('wrong_password')
  notify(c, { to: contactsOf(deleted), purpose: 'account_deleted' })
  const ids = results.own.map(({ id }) => id)
  await forgetCopies(c.var.kv, ids, c.var.background)
  clearBrowser(c)
  return c.body(null, 204)
})
