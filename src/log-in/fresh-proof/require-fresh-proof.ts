import { and, eq, type SQL } from 'drizzle-orm'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { record } from '../../activity/activity'
import type { AppEnv } from '../../context'
import { users } from '../../db/schema'
import { AppError } from '../../errors'
import { afterAnswer } from '../../http/after-answer'
import { clientInfo } from '../../http/client-info'
import { MINUTE_MS } from '../../lib/time'
import { whileLive, writeAs } from '../../sessions/session'
import { samePassword, type UserRow } from '../../users/users'
import { verifyPassword } from '../password/password'
import { clearFailures, countAttempt, proofKey, requireAttempt } from '../password/throttle'
import { typedPassword } from '../schemas'

/** How long a log-in, by password or code, counts as a fresh proof of who it is. */
export const FRESH_FOR_MS = 10 * MINUTE_MS

/**
 * Lets through who has just proven again who they are (ASVS 7.5.1): by a log-in within the last ten minutes, or by
 * `currentPassword` in the body. Goes after `requireCaller`; what is done then carries `whileProven`.
 * @throws {AppError} `fresh_proof_required`, `wrong_password`, `too_many_attempts` or `unauthenticated`
 */
export const requireFreshProof = createMiddleware<AppEnv>(async (c, next) => {
  const currentPassword = await readCurrentPassword(c)
  if (currentPassword !== undefined) c.set('provenUser', await prove(c, currentPassword))
  else if (Date.now() - c.var.caller.authenticatedAt < FRESH_FOR_MS) c.set('provenUser', null)
  else throw new AppError('fresh_proof_required')
  await next()
})

/** The middleware comes before the validators, so it takes what it needs and leaves all faults of the body to them. */
async function readCurrentPassword(c: Context): Promise<string | undefined> {
  const body: unknown = await c.req.json().catch(() => null)
  const password: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'currentPassword') : undefined
  return typedPassword.safeParse(password).data
}

/** It counts as an attempt of its own kind, so that a stolen session cannot be used to guess the password. */
async function prove(c: Context<AppEnv>, password: string): Promise<UserRow> {
  const { background, caller, config, db } = c.var
  const now = Date.now()
  const [counted, blocks, [user]] = await writeAs(db, caller, now, [
    ...countAttempt(db, proofKey(caller.userId), now, whileLive(db, caller, now)),
    db.select().from(users).where(eq(users.id, caller.userId)),
  ])
  requireAttempt('proof_failures', counted, blocks, now)
  const { correct } = await verifyPassword(password, user?.passwordHash ?? null, config)
  if (!(user && correct)) {
    const happening = { userId: caller.userId, sessionId: caller.sessionId, client: clientInfo(c), now }
    afterAnswer(c, () => record(db, { ...happening, event: 'proof_failed' }))
    throw new AppError('wrong_password')
  }
  background(clearFailures(db, user.id).catch(() => undefined))
  return user
}

/** Whose request it is and what was proven: a route's `c.var`. */
export type Proven = Pick<AppEnv['Variables'], 'caller' | 'db' | 'provenUser'>

/** True of the caller's row in `users` while the session lives and what was proven holds. */
export function whileProven({ caller, db, provenUser }: Proven, now: number): SQL | undefined {
  return and(
    eq(users.id, caller.userId),
    provenUser === null ? undefined : samePassword(provenUser),
    whileLive(db, caller, now),
  )
}
