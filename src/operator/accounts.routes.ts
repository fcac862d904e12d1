import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { eraseAccount, eraseStatements } from '../account-data/erase-account'
import { removalRequestSchema } from '../account-data/identities'
import type { AccountAct } from '../activity/events'
import type { AppEnv } from '../context'
import { batchNamed } from '../db/batch-named'
import { AppError } from '../errors'
import { empty, jsonBody, jsonOf, problem } from '../http/openapi'
import { createRouter } from '../http/router'
import { isoTime } from '../lib/time'
import { readAccountState } from './account-state'
import { type NewAct, recordAct } from './acts'
import { endAllSessions, unblock, unlock } from './change-account'
import { eraseSecondFactor } from './erase-second-factor'
import { forOperators, readProblemsOfOperators, writeProblemsOfOperators } from './openapi'
import {
  accountParams,
  accountStateSchema,
  blockAnswerSchema,
  blockSchema,
  endedSchema,
  toBlocked,
  unlockedSchema,
} from './schemas'
import type { ActDetail } from './tables'

const removalRequest = () => removalRequestSchema

const ofAccount = { ...forOperators, request: { params: accountParams } }

const see = createRoute({
  ...ofAccount,
  method: 'get',
  path: '/accounts/{id}',
  operationId: 'getAccount',
  summary: 'See an account',
  description: 'Ways to log in, sessions, throttles, quotas and the latest activity. No secrets and no to-dos.',
  responses: {
    200: jsonOf(accountStateSchema, 'The account'),
    ...readProblemsOfOperators,
  },
})

const endSessions = createRoute({
  ...ofAccount,
  method: 'delete',
  path: '/accounts/{id}/sessions',
  operationId: 'endSessionsOfAccount',
  summary: 'End all sessions of an account',
  description: 'It also ends the codes and verification tokens that are out, and forgets the known devices.',
  responses: { 200: jsonOf(endedSchema, 'They have ended'), ...writeProblemsOfOperators },
})

const block = createRoute({
  ...ofAccount,
  method: 'post',
  path: '/accounts/{id}/block',
  operationId: 'blockAccount',
  summary: 'Block an account',
  description:
    'Ends its sessions at once, as `DELETE …/sessions` does. Then nobody can log in to it: whoever proves who they are gets `account_blocked`. Its contacts stay taken.',
  request: { params: accountParams, body: jsonBody(blockSchema) },
  responses: { 200: jsonOf(blockAnswerSchema, 'It is blocked'), ...writeProblemsOfOperators },
})

const unblockRoute = createRoute({
  ...ofAccount,
  method: 'post',
  path: '/accounts/{id}/unblock',
  operationId: 'unblockAccount',
  summary: 'Unblock an account',
  responses: { 200: jsonOf(blockAnswerSchema, 'It is not blocked'), ...writeProblemsOfOperators },
})

const unlockRoute = createRoute({
  ...ofAccount,
  method: 'post',
  path: '/accounts/{id}/unlock',
  operationId: 'unlockAccount',
  summary: 'Let the owner try again at once',
  description:
    'Forgets the wrong passwords of the account, and the codes and wrong guesses that its contacts are counted by. Codes that are out are spent.',
  responses: { 200: jsonOf(unlockedSchema, 'What was cleared'), ...writeProblemsOfOperators },
})

const eraseFactor = createRoute({
  ...ofAccount,
  method: 'post',
  path: '/accounts/{id}/erase-second-factor',
  operationId: 'eraseSecondFactorOfAccount',
  summary: 'Erase a second factor that was lost, after 72 hours',
  description:
    'The first call is a request: 202, and all contacts of the account are told, with a link that stops it. A log-in with the second factor stops it too. After 72 hours, and for seven days, the same call erases it.',
  responses: {
    202: jsonOf(removalRequest, 'Asked for. The same call does it from `effectiveAt` on'),
    204: empty('The account has no second factor any more'),
    ...writeProblemsOfOperators,
    409: problem('no_second_factor'),
    429: problem('rate_limited'),
  },
})

const erase = createRoute({
  ...ofAccount,
  method: 'delete',
  path: '/accounts/{id}',
  operationId: 'eraseAccount',
  summary: 'Erase an account and everything in it',
  description: 'As when its owner deletes it. It cannot be undone. The record keeps the id.',
  responses: { 204: empty('Everything is gone'), ...writeProblemsOfOperators },
})

/** The act of a request on the account in its path. */
const actOf = (c: Context<AppEnv>, act: AccountAct, { id, detail }: { id: string; detail?: ActDetail }): NewAct => ({
  operator: c.var.operator,
  act,
  userId: id,
  ...(detail && { detail }),
  now: Date.now(),
})

export const accountsRoutes = createRouter()
  .openapi(see, async (c) => {
    const { config, keys, primary } = c.var
    const state = await readAccountState({ db: primary(), keys, config }, actOf(c, 'see', c.req.valid('param')))
    if (!state) throw new AppError('not_found')
    return c.json(state, 200)
  })
  .openapi(endSessions, async (c) => {
    const { ended } = await endAllSessions(c, actOf(c, 'end_sessions', c.req.valid('param')), false)
    return c.json({ ended }, 200)
  })
  .openapi(block, async (c) => {
    const { id } = c.req.valid('param')
    const { blockedAt } = await endAllSessions(c, actOf(c, 'block', { id, detail: c.req.valid('json') }), true)
    return c.json(toBlocked(blockedAt), 200)
  })
  .openapi(unblockRoute, async (c) => {
    await unblock(c.var.db, actOf(c, 'unblock', c.req.valid('param')))
    return c.json(toBlocked(null), 200)
  })
  .openapi(unlockRoute, async (c) => c.json(await unlock(c, actOf(c, 'unlock', c.req.valid('param'))), 200))
  .openapi(eraseFactor, async (c) => {
    const outcome = await eraseSecondFactor(c, actOf(c, 'erase_second_factor', c.req.valid('param')))
    if (outcome.kind === 'erased') return c.body(null, 204)
    return c.json({ effectiveAt: isoTime(outcome.effectiveAt) }, 202)
  })
  .openapi(erase, async (c) => {
    const { db } = c.var
    const act = actOf(c, 'erase', c.req.valid('param'))
    const { userId, now } = act
    const isErased = await eraseAccount(c, { userId, now }, () =>
      batchNamed(db, { ...recordAct(db, act), ...eraseStatements(db, userId, undefined, now) }),
    )
    if (!isErased) throw new AppError('not_found')
    return c.body(null, 204)
  })
