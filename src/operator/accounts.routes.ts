import { createRoute } from '@hono/zod-openapi'
import { eq } from 'drizzle-orm'
import type { Context } from 'hono'
import { eraseAccount, eraseStatements } from '../account-data/erase-account'
import type { AccountAct } from '../activity/events'
import type { AppEnv } from '../context'
import { batchNamed } from '../db/batch-named'
import { AppError } from '../errors'
import { empty, json, jsonBody, problem } from '../http/openapi'
import { createRouter } from '../http/router'
import { isoTime } from '../lib/time'
import { users } from '../users/tables'
import { byIdentifier, canonicalIdentifier, toUser } from '../users/users'
import { readAccountState } from './account-state'
import { type NewAct, recordAct, recordLookUp } from './acts'
import { endAllSessions, unblock, unlock } from './change-account'
import { forOperators, readProblemsOfOperators, writeProblemsOfOperators } from './openapi'
import {
  accountParams,
  accountStateSchema,
  blockAnswerSchema,
  blockSchema,
  endedSchema,
  findSchema,
  foundSchema,
  unlockedSchema,
} from './schemas'
import type { ActDetail } from './tables'

const find = createRoute({
  ...forOperators,
  method: 'post',
  path: '/accounts/find',
  operationId: 'findAccount',
  summary: 'Find an account',
  description: 'It is a POST so that no contact is in an address, which logs and browsers keep.',
  request: { body: jsonBody(findSchema) },
  responses: { 200: json(foundSchema, 'The account, or null if nobody has that'), ...writeProblemsOfOperators },
})

const ofAccount = { ...forOperators, request: { params: accountParams } }

const see = createRoute({
  ...ofAccount,
  method: 'get',
  path: '/accounts/{id}',
  operationId: 'getAccount',
  summary: 'See an account',
  description: 'Ways to log in, sessions, throttles, quotas and the latest activity. No secrets and no to-dos.',
  responses: {
    200: json(accountStateSchema, 'The account'),
    ...readProblemsOfOperators,
    422: problem('invalid_fields'),
  },
})

const endSessions = createRoute({
  ...ofAccount,
  method: 'delete',
  path: '/accounts/{id}/sessions',
  operationId: 'endSessionsOfAccount',
  summary: 'End all sessions of an account',
  description: 'It also ends the codes and verification tokens that are out, and forgets the known devices.',
  responses: { 200: json(endedSchema, 'They have ended'), ...writeProblemsOfOperators },
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
  responses: { 200: json(blockAnswerSchema, 'It is blocked'), ...writeProblemsOfOperators },
})

const unblockRoute = createRoute({
  ...ofAccount,
  method: 'post',
  path: '/accounts/{id}/unblock',
  operationId: 'unblockAccount',
  summary: 'Unblock an account',
  responses: { 200: json(blockAnswerSchema, 'It is not blocked'), ...writeProblemsOfOperators },
})

const unlockRoute = createRoute({
  ...ofAccount,
  method: 'post',
  path: '/accounts/{id}/unlock',
  operationId: 'unlockAccount',
  summary: 'Let the owner try again at once',
  description:
    'Forgets the wrong passwords of the account, and the codes and wrong guesses that its contacts are counted by. Codes that are out are spent.',
  responses: { 200: json(unlockedSchema, 'What was cleared'), ...writeProblemsOfOperators },
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

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/** The act of a request on the account in its path. */
const actOf = (c: Context<AppEnv>, act: AccountAct, { id, detail }: { id: string; detail?: ActDetail }): NewAct => ({
  operator: c.var.operator,
  act,
  userId: id,
  ...(detail && { detail }),
  now: Date.now(),
})

const blockAnswer = (blockedAt: number | null) => ({ blockedAt: blockedAt === null ? null : isoTime(blockedAt) })

export const accountsRoutes = createRouter()
  .openapi(find, async (c) => {
    const { identifier: typed } = c.req.valid('json')
    const { config, db, operator } = c.var
    const identifier = canonicalIdentifier(typed, config.DEFAULT_COUNTRY)
    const isId = ID.test(typed)
    const which = isId ? eq(users.id, typed.toLowerCase()) : byIdentifier(identifier)
    const { found } = await batchNamed(db, {
      ...recordLookUp(db, { operator, by: isId ? 'id' : identifier.column, which, now: Date.now() }),
      found: db.select().from(users).where(which),
    })
    const [user] = found
    return c.json({ account: user ? { ...toUser(user), ...blockAnswer(user.blockedAt) } : null }, 200)
  })
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
    return c.json(blockAnswer(blockedAt), 200)
  })
  .openapi(unblockRoute, async (c) => {
    await unblock(c.var.db, actOf(c, 'unblock', c.req.valid('param')))
    return c.json(blockAnswer(null), 200)
  })
  .openapi(unlockRoute, async (c) => c.json(await unlock(c, actOf(c, 'unlock', c.req.valid('param'))), 200))
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
