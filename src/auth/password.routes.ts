import { createRoute } from '@hono/zod-openapi'
import { and, eq, exists } from 'drizzle-orm'
import type { Context } from 'hono'
import { type AppEnv, createRouter } from '../context'
import { sessions, users } from '../db/schema'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { empty, jsonBody, problem, writeProblems } from '../http/openapi'
import { byContact, type UserRow } from '../users/users'
import { removeAuthCookies } from './cookies'
import { proveCurrentPassword, samePassword } from './current-password'
import { clearFailures } from './log-in-limits'
import { hashPassword, requireGoodPassword } from './password'
import { authenticate } from './require-user'
import { passwordChangeSchema } from './schemas'
import { deleteOtherSessions, whileLive, writeAs } from './session'
import { forgetCopies } from './session-copy'
import { areUnspent, readVerificationToken, spend } from './verification'

const changePassword = createRoute({
  method: 'put',
  path: '/password',
  operationId: 'changePassword',
  tags: ['Account'],
  summary: 'Change or reset the password, or set a first one',
  description:
    'By the current password, signed in, it ends every other session. By a verification token of purpose `reset_password`, signed in or not, it ends every session.',
  security: [{ cookie: [] }, { bearer: [] }, {}],
  middleware: limitByAddress,
  request: { body: jsonBody(passwordChangeSchema) },
  responses: {
    204: empty('The password is changed'),
    ...writeProblems,
    403: problem('cross_site_request', 'wrong_password', 'invalid_verification_token'),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const passwordRoutes = createRouter().openapi(changePassword, async (c) => {
  const { newPassword, currentPassword, verificationToken } = c.req.valid('json')
  await requireGood(c, newPassword, null)
  if (currentPassword !== undefined) await change(c, currentPassword, newPassword)
  else await reset(c, verificationToken ?? '', newPassword)
  return c.body(null, 204)
})

const requireGood = (c: Context<AppEnv>, password: string, user: UserRow | null): Promise<void> => {
  const context = user ? [user.username, user.email, user.phone, user.name, user.nickname] : []
  return requireGoodPassword(password, context, { minLength: c.var.config.PASSWORD_MIN_LENGTH, path: '/newPassword' })
}

/** By the current password: the other sessions end. */
async function change(c: Context<AppEnv>, currentPassword: string, newPassword: string): Promise<void> {
  const { config, db } = c.var
  const caller = await authenticate(c, c.var.keys)
  const user = await proveCurrentPassword(db, caller, currentPassword, config)
  await requireGood(c, newPassword, user)

  const passwordHash = await hashPassword(newPassword, config)
  const now = Date.now()
  const isChanged = exists(
    db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, user.id), eq(users.passwordHash, passwordHash))),
  )
  const [changed, , ended] = await writeAs(db, caller, now, [
    // The race: two changes from one password. The second no longer finds the password that it proved.
    db
      .update(users)
      .set({ passwordHash, passwordVersion: user.passwordVersion + 1, updatedAt: now })
      .where(and(samePassword(user), whileLive(db, caller, now)))
      .returning({ id: users.id }),
    clearFailures(db, user.id),
    deleteOtherSessions(db, caller, isChanged),
  ])
  if (changed.length === 0) throw new AppError('wrong_password')
  await forget(c, ended)
}

/** By a proven contact: every session ends, also the one that asks. */
async function reset(c: Context<AppEnv>, verificationToken: string, newPassword: string): Promise<void> {
  const { config, db, keys } = c.var
  const proof = await readVerificationToken(keys, verificationToken, { purpose: 'reset_password', now: Date.now() })
  const user = await db.select().from(users).where(byContact(proof)).get()
  if (!user) throw new AppError('invalid_verification_token')
  await requireGood(c, newPassword, user)

  const passwordHash = await hashPassword(newPassword, config)
  const isChanged = exists(
    db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, user.id), eq(users.passwordHash, passwordHash))),
  )
  const [changed, , , ended] = await db.batch([
    // The race: one token used many times, or for a contact that has just moved to another account.
    db
      .update(users)
      .set({ passwordHash, passwordVersion: user.passwordVersion + 1, updatedAt: Date.now() })
      .where(and(samePassword(user), byContact(proof), areUnspent(db, [proof])))
      .returning({ id: users.id }),
    spend(db, proof, isChanged),
    clearFailures(db, user.id),
    db
      .delete(sessions)
      .where(and(eq(sessions.userId, user.id), isChanged))
      .returning({ id: sessions.id }),
  ])
  if (changed.length === 0) throw new AppError('invalid_verification_token')
  removeAuthCookies(c)
  await forget(c, ended)
}

const forget = (c: Context<AppEnv>, ended: { id: string }[]): Promise<void> =>
  forgetCopies(
    c.env.KV,
    ended.map(({ id }) => id),
    (task) => c.executionCtx.waitUntil(task),
  )
