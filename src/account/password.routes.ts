import { createRoute } from '@hono/zod-openapi'
import { and, eq, exists, sql } from 'drizzle-orm'
import type { Context, MiddlewareHandler } from 'hono'
import { every } from 'hono/combine'
import { record } from '../activity/activity'
import { type AppEnv, createRouter } from '../context'
import { sessions, users } from '../db/schema'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { clientInfo } from '../http/client-info'
import { empty, jsonBody, problem, writeProblems } from '../http/openapi'
import { areUnspent, readVerificationToken, spend } from '../log-in/code/verification'
import { requireFreshProof, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { hashPassword, requireGoodPassword } from '../log-in/password/password'
import { clearFailures } from '../log-in/password/throttle'
import { passwordChangeSchema } from '../log-in/schemas'
import { contactsOf, notify } from '../notices/notify'
import { removeAuthCookies } from '../sessions/cookies'
import { endSessions, findEnded, othersOf } from '../sessions/end-sessions'
import { requireCaller } from '../sessions/require-user'
import { writeAs } from '../sessions/session'
import { forgetCopies, forgetIfLost } from '../sessions/session-copy'
import { byContact, findUser, samePassword, type UserRow } from '../users/users'

/** A reset needs no session: its verification token is all the proof there is. Every other change is the caller's own. */
const asCallerUnlessReset: MiddlewareHandler<AppEnv> = async (c, next) => {
  const body: unknown = await c.req.json().catch(() => null)
  const isReset = typeof body === 'object' && body !== null && Object.hasOwn(body, 'verificationToken')
  return isReset ? next() : asCaller(c, next)
}
const asCaller = every(requireCaller, requireFreshProof)

const changePassword = createRoute({
  method: 'put',
  path: '/password',
  operationId: 'changePassword',
  tags: ['Account'],
  summary: 'Change or reset the password, or set a first one',
  description:
    'Signed in, with a fresh proof (a log-in within the last ten minutes, or `currentPassword`), it ends every other session. By a `verificationToken` of purpose `reset_password`, signed in or not, it ends every session. The contacts on file are told.',
  security: [{ cookie: [] }, { bearer: [] }, {}],
  middleware: [limitByAddress, asCallerUnlessReset] as const,
  request: { body: jsonBody(passwordChangeSchema) },
  responses: {
    204: empty('The password is changed'),
    ...writeProblems,
    403: problem('cross_site_request', 'fresh_proof_required', 'wrong_password', 'invalid_verification_token'),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const passwordRoutes = createRouter().openapi(changePassword, async (c) => {
  const { newPassword, verificationToken } = c.req.valid('json')
  await requireGood(c, newPassword, null)
  if (verificationToken === undefined) await change(c, newPassword)
  else await reset(c, verificationToken, newPassword)
  return c.body(null, 204)
})

const requireGood = (c: Context<AppEnv>, password: string, user: UserRow | null): Promise<void> => {
  const context = user ? [user.username, user.email, user.phone, user.name, user.nickname] : []
  const minLength = c.var.config.PASSWORD_MIN_LENGTH
  return requireGoodPassword(password, context, { minLength, path: '/newPassword', assets: c.env.ASSETS })
}

/** By the caller: the other sessions end. */
async function change(c: Context<AppEnv>, newPassword: string): Promise<void> {
  const { caller, config, db, provenUser } = c.var
  const user = provenUser ?? (await findUser(db, caller.userId))
  if (!user) throw new AppError('unauthenticated')
  await requireGood(c, newPassword, user)

  const passwordHash = await hashPassword(newPassword, config)
  const now = Date.now()
  const isChanged = hasHash(c, user.id, passwordHash)
  const who = { client: clientInfo(c), now }
  const changing = writeAs(db, caller, now, [
    // The race: two changes from one password. The second no longer finds the password that it proved.
    db
      .update(users)
      .set({ passwordHash, passwordVersion: sql`${users.passwordVersion} + 1`, updatedAt: now })
      .where(whileProven(c.var, now))
      .returning({ id: users.id }),
    clearFailures(db, user.id, isChanged),
    record(db, { ...who, userId: user.id, event: 'password_changed', sessionId: caller.sessionId }, isChanged),
    ...endSessions(db, and(othersOf(caller), isChanged), who),
  ])
  const [changed, , , , ended] = await forgetIfLost(c.var, changing, () => findEnded(db, user.id, now))
  if (changed.length === 0) throw new AppError('wrong_password')
  notify(c, { to: contactsOf(user), purpose: 'password_changed' })
  // Of a first password the copy of this session says that there is none.
  await forget(c, user.passwordHash === null ? [...ended, { id: caller.sessionId }] : ended)
}

/** By a proven contact: every session ends, also the one that asks. */
async function reset(c: Context<AppEnv>, verificationToken: string, newPassword: string): Promise<void> {
  const { config, db, keys } = c.var
  const proof = await readVerificationToken(keys, verificationToken, { purpose: 'reset_password', now: Date.now() })
  const user = await db.select().from(users).where(byContact(proof)).get()
  if (!user) throw new AppError('invalid_verification_token')
  await requireGood(c, newPassword, user)

  const passwordHash = await hashPassword(newPassword, config)
  const now = Date.now()
  const isChanged = hasHash(c, user.id, passwordHash)
  const who = { client: clientInfo(c), now }
  const changing = db.batch([
    // The race: one token used many times, or for a contact that has just moved to another account.
    db
      .update(users)
      .set({ passwordHash, passwordVersion: user.passwordVersion + 1, updatedAt: now })
      .where(and(samePassword(user), byContact(proof), areUnspent(db, [proof])))
      .returning({ id: users.id }),
    spend(db, proof, isChanged),
    clearFailures(db, user.id, isChanged),
    record(db, { ...who, userId: user.id, event: 'password_changed' }, isChanged),
    ...endSessions(db, and(eq(sessions.userId, user.id), isChanged), who),
  ])
  const [changed, , , , , ended] = await forgetIfLost(c.var, changing, () => findEnded(db, user.id, now))
  if (changed.length === 0) throw new AppError('invalid_verification_token')
  removeAuthCookies(c)
  notify(c, { to: contactsOf(user), purpose: 'password_changed' })
  await forget(c, ended)
}

/** True once the password is the one that this request has hashed: no other has its salt. */
const hasHash = ({ var: { db } }: Context<AppEnv>, userId: string, passwordHash: string) =>
  exists(
    db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, userId), eq(users.passwordHash, passwordHash))),
  )

const forget = (c: Context<AppEnv>, ended: { id: string }[]): Promise<void> =>
  forgetCopies(
    c.var.kv,
    ended.map(({ id }) => id),
    c.var.background,
  )
