import { and, eq, type SQL } from 'drizzle-orm'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { AppEnv, Variables } from '../../context'
import { AppError } from '../../errors'
import { MINUTE_MS } from '../../lib/time'
import { asCaller } from '../../sessions/as-caller'
import { users } from '../../users/tables'
import { samePassword, type UserRow } from '../../users/users'
import { verifyPassword } from '../password/hash'
import { refusePassword } from '../password/passwords-off'
import { recordFailure } from '../password/record-failure'
import { passwordSchema } from '../password/schemas'
import { clearFailures, countAttempt, proofKey, requireAttempt } from '../password/throttle'

/** How long a log-in counts as a fresh proof, by whatever method. */
export const FRESH_FOR_MS = 10 * MINUTE_MS

/** How the caller has just proven who they are. */
export type FreshProof =
  /** By a log-in within the last ten minutes. */
  | { kind: 'log_in' }
  /** By the current password. It has to stay the same until the change is made. */
  | { kind: 'password'; user: UserRow }
  /** The change needs no proof. */
  | { kind: 'not_needed' }

declare module '../../context' {
  interface Variables {
    /** Set by `requireFreshProof`, or by a middleware that asks for a proof only sometimes. */
    freshProof: FreshProof
  }
}

/** The caller, how they proved who they are, the database and the settings. A route's `c.var` has them all. */
export type ProvenCaller = Pick<Variables, 'caller' | 'config' | 'db' | 'freshProof'>

/**
 * Requires a fresh proof of who the caller is (ASVS 7.5.1): a log-in within the last ten minutes, or `currentPassword` in the
 * body. It goes after `requireCaller`. Each statement of the route that writes carries `whileProven`.
 * @throws {AppError} `fresh_proof_required`, `wrong_password`, `too_many_attempts` or `unauthenticated`
 */
export const requireFreshProof = createMiddleware<AppEnv>(async (c, next) => {
  c.set('freshProof', await readFreshProof(c))
  await next()
})

async function readFreshProof(c: Context<AppEnv>): Promise<FreshProof> {
  const currentPassword = await readCurrentPassword(c)
  refusePassword(c.var.config, currentPassword, '/currentPassword')
  if (currentPassword !== undefined) return { kind: 'password', user: await provePassword(c, currentPassword) }
  if (Date.now() - c.var.caller.authenticatedAt < FRESH_FOR_MS) return { kind: 'log_in' }
  throw new AppError('fresh_proof_required')
}

/** The password in the body. This runs before the validators, so it leaves every fault of the body to them. */
async function readCurrentPassword(c: Context): Promise<string | undefined> {
  const body: unknown = await c.req.json().catch(() => null)
  const password: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'currentPassword') : undefined
  return passwordSchema.safeParse(password).data
}

/** Verifies the current password. Its attempts are counted, so that somebody with a stolen session cannot guess it. */
async function provePassword(c: Context<AppEnv>, password: string): Promise<UserRow> {
  const { background, caller, config, db } = c.var
  const now = Date.now()
  const { attempt, users: rows } = await asCaller(db, caller, now, (whileLive) => ({
    attempt: countAttempt(db, proofKey(caller.userId), now, whileLive),
    users: db.select().from(users).where(eq(users.id, caller.userId)),
  }))
  requireAttempt('proof_failures', attempt, now)
  const [user] = rows
  const { correct } = await verifyPassword(password, user?.passwordHash ?? null, config)
  if (!(user && correct)) {
    recordFailure(c, { userId: caller.userId, sessionId: caller.sessionId, event: 'proof_failed' })
    throw new AppError('wrong_password')
  }
  background(clearFailures(db, user.id).catch(() => undefined))
  return user
}

/** True of the caller's row in `users` while the session lives and what was proven still holds. */
export function whileProven({ caller, freshProof }: ProvenCaller, whileLive: SQL): SQL | undefined {
  const samePasswordAsProven = freshProof.kind === 'password' ? samePassword(freshProof.user) : undefined
  return and(eq(users.id, caller.userId), samePasswordAsProven, whileLive)
}

/**
 * The caller's proof stamp, for what a fresh proof permits a little later: another stamp then ends it (`users/proof-stamp.ts`).
 * @throws {AppError} `wrong_password` or `unauthenticated`
 */
export async function readProofStamp(proven: ProvenCaller, now: number): Promise<string> {
  const { caller, db } = proven
  const { user } = await asCaller(db, caller, now, (whileLive) => ({
    user: db.select({ proofStamp: users.proofStamp }).from(users).where(whileProven(proven, whileLive)),
  }))
  const [row] = user
  if (!row) throw new AppError('wrong_password')
  return row.proofStamp
}
