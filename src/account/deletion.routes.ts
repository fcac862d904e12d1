import { createRoute } from '@hono/zod-openapi'
import { and, eq, sql } from 'drizzle-orm'
import { createMiddleware } from 'hono/factory'
import { eraseAccount, eraseStatements } from '../account-data/erase-account'
import { isSince, record } from '../activity/activity'
import { activity } from '../activity/tables'
import type { AppEnv } from '../context'
import { existsRow } from '../db/exists'
import { limitByAddress } from '../http/address-limit'
import { afterAnswer } from '../http/after-answer'
import { clientInfo } from '../http/client-info'
import { empty, optionalJsonBody, problem, signedIn, writeProblems } from '../http/openapi'
import { createRouter } from '../http/router'
import { PROOF_REFUSALS } from '../log-in/fresh-proof/refusals'
import { FRESH_FOR_MS, requireFreshProof, unproven, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { freshProofSchema } from '../log-in/fresh-proof/schemas'
import { asCaller } from '../sessions/as-caller'
import { clearBrowser } from '../sessions/cookies'
import { requireCaller } from '../sessions/require-user'

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
    403: problem('cross_site_request', 'second_factor_setup_required', ...PROOF_REFUSALS),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const deletionRoutes = createRouter().openapi(deleteMe, async (c) => {
  const { caller, db } = c.var
  const { userId } = caller
  const now = Date.now()
  const isErased = await eraseAccount(c, { userId, now }, () =>
    asCaller(db, caller, now, (whileLive) => eraseStatements(db, userId, whileProven(c.var, whileLive), now)),
  )
  if (!isErased) throw await unproven(c.var)
  clearBrowser(c)
  return c.body(null, 204)
})
