import { createRoute } from '@hono/zod-openapi'
import { and, eq, ne, notExists } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { removeAuthCookies } from '../auth/cookies'
import { proveCurrentPassword, samePassword } from '../auth/current-password'
import { clearFailures } from '../auth/log-in-limits'
import { requireUser } from '../auth/require-user'
import { accountDeletionSchema } from '../auth/schemas'
import { whileLive, writeAs } from '../auth/session'
import { forgetCopies, renewCopies } from '../auth/session-copy'
import { createRouter } from '../context'
import { openDb } from '../db/client'
import { sessions, users } from '../db/schema'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { empty, json, jsonBody, problem, readProblems, signedIn, writeProblems } from '../http/openapi'
import { profilePatchSchema, userSchema } from './schemas'
import { findUser, toUser } from './users'

const getMe = createRoute({
  method: 'get',
  path: '/me',
  operationId: 'getMe',
  tags: ['Account'],
  summary: 'Your profile',
  security: signedIn,
  middleware: requireUser,
  responses: { 200: json(userSchema, 'You'), ...readProblems },
})

const patchMe = createRoute({
  method: 'patch',
  path: '/me',
  operationId: 'updateMe',
  tags: ['Account'],
  summary: 'Change your profile',
  description: 'Changes only what it names; `null` clears a name or nickname.',
  security: signedIn,
  middleware: requireUser,
  request: { body: jsonBody(profilePatchSchema) },
  responses: { 200: json(userSchema, 'You, as changed'), ...writeProblems, 409: problem('username_taken') },
})

const deleteMe = createRoute({
  method: 'delete',
  path: '/me',
  operationId: 'deleteMe',
  tags: ['Account'],
  summary: 'Delete your account and everything in it',
  security: signedIn,
  middleware: [limitByAddress, requireUser],
  request: { body: jsonBody(accountDeletionSchema) },
  responses: {
    204: empty('Everything is gone, and every session has ended'),
    ...writeProblems,
    403: problem('cross_site_request', 'fresh_proof_required', 'wrong_password'),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const profileRoutes = createRouter()
  .openapi(getMe, async (c) => {
    const { userId } = c.var.caller
    // A replica that knows nothing of the user yet is no reason to say that there is none.
    const user = (await findUser(c.var.db, userId)) ?? (await findUser(openDb(c.env.DB, 'first-primary'), userId))
    if (!user) throw new AppError('unauthenticated')
    return c.json(toUser(user), 200)
  })
  .openapi(patchMe, async (c) => {
    const patch = c.req.valid('json')
    const { caller, db } = c.var
    const now = Date.now()
    const others = alias(users, 'others')
    // The race: two users take one name. Whether it is free is part of the write; the UNIQUE index stands behind it.
    const nameIsFree =
      patch.username === undefined
        ? undefined
        : notExists(
            db
              .select({ id: others.id })
              .from(others)
              .where(and(eq(others.username, patch.username), ne(others.id, caller.userId))),
          )
    const [[user], own] = await writeAs(db, caller, now, [
      db
        .update(users)
        .set({ ...patch, updatedAt: now })
        .where(and(eq(users.id, caller.userId), nameIsFree, whileLive(db, caller, now)))
        .returning(),
      db.select().from(sessions).where(eq(sessions.userId, caller.userId)),
    ])
    if (!user) throw new AppError('username_taken')
    await renewCopies({ kv: c.env.KV, background: (task) => c.executionCtx.waitUntil(task) }, caller, own, user, now)
    return c.json(toUser(user), 200)
  })
  .openapi(deleteMe, async (c) => {
    const { currentPassword } = c.req.valid('json')
    const { caller, config, db } = c.var
    if (currentPassword === undefined) throw new AppError('fresh_proof_required')
    const user = await proveCurrentPassword(db, caller, currentPassword, config)

    const now = Date.now()
    const [ended, deleted] = await writeAs(db, caller, now, [
      db.select({ id: sessions.id }).from(sessions).where(eq(sessions.userId, caller.userId)),
      db
        .delete(users)
        .where(and(samePassword(user), whileLive(db, caller, now)))
        .returning({ id: users.id }),
      clearFailures(db, caller.userId),
    ])
    if (deleted.length === 0) throw new AppError('wrong_password')
    const ids = ended.map(({ id }) => id)
    await forgetCopies(c.env.KV, ids, (task) => c.executionCtx.waitUntil(task))
    removeAuthCookies(c)
    return c.body(null, 204)
  })
