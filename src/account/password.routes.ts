import { createRoute } from '@hono/zod-openapi'
import { and, eq, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { every } from 'hono/combine'
import { createMiddleware } from 'hono/factory'
import { record } from '../activity/activity'
import type { AppEnv } from '../context'
import { batchNamed } from '../db/batch-named'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { clientInfo } from '../http/client-info'
import { empty, jsonBody, problem, writeProblems } from '../http/openapi'
import { createRouter } from '../http/router'
import { areUsable, readVerificationToken } from '../log-in/code/verification'
import { PROOF_REFUSALS } from '../log-in/fresh-proof/refusals'
import { requireFreshProof, unproven, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { hashPassword } from '../log-in/password/hash'
import { requirePasswords } from '../log-in/password/passwords-off'
import { requireGoodPassword } from '../log-in/password/rules'
import { clearFailures } from '../log-in/password/throttle'
import { spend } from '../log-in/spent-tokens'
import { asCaller } from '../sessions/as-caller'
import { removeAuthCookies, setDeviceCookie } from '../sessions/cookies'
import { endSessions, findEnded, othersOf } from '../sessions/end-sessions'
import { nextDeviceEpoch, readDevice, signDevice } from '../sessions/known-device'
import { requireCaller } from '../sessions/require-user'
import { forgetCopies, forgetIfLost } from '../sessions/session-copy'
import { sessions } from '../sessions/tables'
import { isKept, keepIdentifiers, mayChangeAgain } from '../users/past-identifiers'
import { endProofs, hasSameStamp } from '../users/proof-stamp'
import { hasSecondFactor } from '../users/second-factors'
import { users } from '../users/tables'
import { byContact, findUser, samePassword, type UserRow } from '../users/users'
import { makeAndTell, newChange, selectNextChange, tooManyChanges } from './account-change'
import { passwordChangeSchema } from './schemas'

/** A reset needs no session: its verification token is the proof. Every other change is the caller's own. */
const requireProofUnlessReset = createMiddleware<AppEnv>(async (c, next) => {
  const body: unknown = await c.req.json().catch(() => null)
  const isReset = typeof body === 'object' && body !== null && Object.hasOwn(body, 'verificationToken')
  return isReset ? next() : requireProof(c, next)
})
const requireProof = every(requireCaller, requireFreshProof)

const changePassword = createRoute({
  method: 'put',
  path: '/password',
  operationId: 'changePassword',
  tags: ['Account'],
  summary: 'Change or reset the password, or set a first one',
  description:
    'With a session and a fresh proof (a log-in within the last ten minutes, or `currentPassword`) it ends every other session. With a `verificationToken` of purpose `reset_password` it needs no session, and ends every session. It also ends the codes and verification tokens that are out. The contacts on file get a notice, with a link that takes it back. With a session, three a day are possible; a reset is always possible.',
  security: [{ cookie: [] }, { bearer: [] }, {}],
  middleware: [requirePasswords, limitByAddress, requireProofUnlessReset] as const,
  request: { body: jsonBody(passwordChangeSchema) },
  responses: {
    204: empty('The password is changed'),
    ...writeProblems,
    403: problem('cross_site_request', 'second_factor_setup_required', ...PROOF_REFUSALS, 'invalid_verification_token'),
    404: problem('not_found'),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const passwordRoutes = createRouter().openapi(changePassword, async (c) => {
  const { newPassword, verificationToken } = c.req.valid('json')
  await requireGoodNewPassword(c, newPassword, null)
  if (verificationToken === undefined) await changeOwnPassword(c, newPassword)
  else await resetPassword(c, verificationToken, newPassword)
  return c.body(null, 204)
})

/** Checks a new password. Without a user, it checks only the rules that need none: those come first, because they need no D1. */
const requireGoodNewPassword = (c: Context<AppEnv>, password: string, user: UserRow | null): Promise<void> => {
  const context = user ? [user.username, user.email, user.phone, user.name, user.nickname] : []
  const minLength = c.var.config.PASSWORD_MIN_LENGTH
  return requireGoodPassword(password, context, { minLength, path: '/newPassword', assets: c.env.ASSETS })
}

const NOTICE = { purpose: 'password_changed' } as const

/** Changes the caller's password. Their other sessions end. */
async function changeOwnPassword(c: Context<AppEnv>, newPassword: string): Promise<void> {
  const { caller, config, db, freshProof, keys } = c.var
  const user = freshProof.kind === 'password' ? freshProof.user : await findUser(db, caller.userId)
  if (!user) throw new AppError('unauthenticated')
  await requireGoodNewPassword(c, newPassword, user)

  const passwordHash = await hashPassword(newPassword, config)
  const now = Date.now()
  const change = { ...(await newChange(keys, 'password', now)), userId: user.id }
  const clientAndTime = { client: clientInfo(c), now }
  const changing = asCaller(db, caller, now, (whileLive) => {
    const isChanging = sql`${whileLive} AND ${isKept(db, change)}`
    const entry = { ...clientAndTime, userId: user.id, event: 'password_changed' as const, sessionId: caller.sessionId }
    return {
      next: selectNextChange(db, change),
      // The race: two changes with one password. The second finds another password than the one that it proved.
      kept: keepIdentifiers(db, change, and(whileProven(c.var, whileLive), mayChangeAgain(db, change, now))),
      changed: db
        .update(users)
        .set(passwordColumns(passwordHash, now))
        .where(and(eq(users.id, user.id), isChanging)),
      clearedFailures: clearFailures(db, user.id, isChanging),
      recorded: record(db, entry, isChanging),
      ...endSessions(db, and(othersOf(caller), isChanging), clientAndTime),
    }
  })
  const making = forgetIfLost(c.var, changing, () => findEnded(db, user.id, now))
  const { next, kept, ended } = await makeAndTell(c, change, NOTICE, making)
  if (kept.length === 0) throw tooManyChanges(next, now) ?? (await unproven(c.var))
  // The copy of this session says that there is no password yet, if this is the first one.
  await forgetSessions(c, user.passwordHash === null ? [...ended, { id: caller.sessionId }] : ended)
}

/** Sets a password by a proven contact. Every session ends, also that of the request. */
async function resetPassword(c: Context<AppEnv>, verificationToken: string, newPassword: string): Promise<void> {
  const { config, db, keys } = c.var
  const proof = await readVerificationToken(keys, verificationToken, { purpose: 'reset_password', now: Date.now() })
  const isStill = and(byContact(proof), hasSameStamp(db, proof))
  const user = await db.select().from(users).where(isStill).get()
  if (!user) throw new AppError('invalid_verification_token')
  await requireGoodNewPassword(c, newPassword, user)

  const passwordHash = await hashPassword(newPassword, config)
  const now = Date.now()
  const change = { ...(await newChange(keys, 'reset', now)), userId: user.id }
  const isChanging = isKept(db, change)
  const clientAndTime = { client: clientInfo(c), now }
  const changing = batchNamed(db, {
    // The race: one token is used many times, or the owner ends it meanwhile by a new password, a new contact or “end all”.
    kept: keepIdentifiers(db, change, and(samePassword(user), byContact(proof), areUsable(db, [proof]))),
    changed: db
      .update(users)
      .set({ ...passwordColumns(passwordHash, now), deviceEpoch: nextDeviceEpoch })
      .where(and(eq(users.id, user.id), isChanging))
      .returning({
        epoch: users.deviceEpoch,
        hasFactor: sql<0 | 1>`${hasSecondFactor(db, user.id, config)}`.as('has_factor'),
      }),
    spent: spend(db, [proof], isChanging),
    clearedFailures: clearFailures(db, user.id, isChanging),
    recorded: record(db, { ...clientAndTime, userId: user.id, event: 'password_changed' }, isChanging),
    ...endSessions(db, and(eq(sessions.userId, user.id), isChanging), clientAndTime),
  })
  const making = forgetIfLost(c.var, changing, () => findEnded(db, user.id, now))
  const { changed, ended } = await makeAndTell(c, change, NOTICE, making)
  const [row] = changed
  if (!row) throw new AppError('invalid_verification_token')
  removeAuthCookies(c)
  // All devices before are unknown now. This one has proven a contact, as a log-in by code does. If there is a second factor, that is not
  // enough: a known device has guesses of its own.
  const device = await readDevice(c, { tokens: 'cookie' }, now)
  if (!row.hasFactor) setDeviceCookie(c, await signDevice(keys, device, { userId: user.id, epoch: row.epoch, now }))
  await forgetSessions(c, ended)
}

/** The columns of `users` that a new password sets. */
const passwordColumns = (passwordHash: string, now: number) => ({
  passwordHash,
  passwordVersion: sql`${users.passwordVersion} + 1`,
  passwordChangedAt: now,
  ...endProofs,
  updatedAt: now,
})

/** Removes the copies of these sessions from KV. */
const forgetSessions = (c: Context<AppEnv>, ended: { id: string }[]): Promise<void> =>
  forgetCopies(
    c.var.kv,
    ended.map(({ id }) => id),
    c.var.background,
  )
