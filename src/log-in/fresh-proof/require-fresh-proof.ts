import { and, eq, isNotNull, not, or, type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { AppEnv, Variables } from '../../context'
import type { Db } from '../../db/client'
import { existsRow } from '../../db/exists'
import { AppError } from '../../errors'
import { MINUTE_MS } from '../../lib/time'
import { asCaller } from '../../sessions/as-caller'
import type { Caller } from '../../sessions/sessions'
import { sessions } from '../../sessions/tables'
import { hasSecondFactor, isConfirmedOf } from '../../users/second-factors'
import { secondFactors, users } from '../../users/tables'
import { samePassword, type UserRow } from '../../users/users'
import { verifyPassword } from '../password/hash'
import { refusePassword } from '../password/passwords-off'
import { recordFailure } from '../password/record-failure'
import { passwordSchema } from '../password/schemas'
import { clearFailures, countAttempt, proofKey, requireAttempt } from '../password/throttle'
import { type ConfirmedFactor, toConfirmed } from '../second-factor/compare-second-factor'
import { proveSecondFactor } from '../second-factor/prove-second-factor'
import { readTypedCode } from '../second-factor/schemas'
import { freshProofRequired } from './proof-methods'

/** How long a log-in counts as a fresh proof, by whatever method. */
export const FRESH_FOR_MS = 10 * MINUTE_MS

/** How the caller has just proven who they are. */
export type FreshProof =
  /** By a log-in within the last ten minutes. If the account has a second factor, the log-in must have included it. */
  | { kind: 'log_in' }
  /**
   * By the current password. It has to stay the same until the change is made. If the account has a second factor, a code of it came along;
   * or the log-in within the last ten minutes included it.
   */
  | { kind: 'password'; user: UserRow; withSecondFactor: boolean }
  /** The change needs no proof. */
  | { kind: 'not_needed' }

declare module '../../context' {
  interface Variables {
    /** Set by `requireFreshProof`, or by a middleware that asks for a proof only sometimes. */
    freshProof: FreshProof
  }
}

/** The caller, how they proved who they are, the database and the settings. A route's `c.var` has them all. */
export type ProvenCaller = Pick<Variables, 'caller' | 'config' | 'db' | 'freshProof' | 'primary'>

/**
 * Requires a fresh proof of who the caller is (ASVS 7.5.1): a log-in within the last ten minutes, or `currentPassword` in the
 * body. If the account has a second factor, the log-in must have included it, or `secondFactorCode` comes along with the password. It goes
 * after `requireCaller`. Each statement of the route that writes carries `whileProven`, and where that does not hold, the route answers
 * `unproven`.
 * @throws {AppError} `fresh_proof_required` with what the account can use, `wrong_password`, `wrong_second_factor`, `too_many_attempts` or
 * `unauthenticated`
 */
export const requireFreshProof = createMiddleware<AppEnv>(async (c, next) => {
  c.set('freshProof', await readFreshProof(c))
  await next()
})

async function readFreshProof(c: Context<AppEnv>): Promise<FreshProof> {
  const { currentPassword, secondFactorCode } = await readProofFields(c)
  refusePassword(c.var.config, currentPassword, '/currentPassword')
  if (currentPassword !== undefined) {
    const { user, factor, includesFactor } = await provePassword(c, currentPassword)
    if (factor && secondFactorCode === undefined && !(includesFactor && isFresh(c.var.caller)))
      throw await freshProofRequired(c.var, CODE_MISSING)
    const withSecondFactor = factor !== undefined && secondFactorCode !== undefined
    if (withSecondFactor) await proveSecondFactor(c, { user, factor }, readTypedCode(secondFactorCode))
    return { kind: 'password', user, withSecondFactor }
  }
  if (isFresh(c.var.caller)) return { kind: 'log_in' }
  throw await freshProofRequired(c.var)
}

const isFresh = ({ authenticatedAt }: Caller): boolean => Date.now() - authenticatedAt < FRESH_FOR_MS

/** Names what is missing where the password was right. */
const CODE_MISSING = [{ path: '/secondFactorCode', code: 'required', message: 'The account has a second factor' }]

/** What the body proves. This runs before the validators, so it leaves every fault of the body to them. */
async function readProofFields(
  c: Context,
): Promise<{ currentPassword: string | undefined; secondFactorCode: unknown }> {
  const body: unknown = await c.req.json().catch(() => null)
  const fieldOf = (name: string): unknown =>
    typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
  const currentPassword = passwordSchema.safeParse(fieldOf('currentPassword')).data
  return { currentPassword, secondFactorCode: fieldOf('secondFactorCode') }
}

/**
 * Verifies the current password. Its attempts are counted, so that somebody with a stolen session cannot guess it.
 * @returns the user, their second factor if they have one, and whether the log-in of the session included it
 */
async function provePassword(
  c: Context<AppEnv>,
  password: string,
): Promise<{ user: UserRow; factor: ConfirmedFactor | undefined; includesFactor: boolean }> {
  const { background, caller, config, db } = c.var
  const { userId } = caller
  const now = Date.now()
  const results = await asCaller(db, caller, now, (whileLive) => ({
    attempt: countAttempt(db, proofKey(userId), now, { onlyIf: whileLive }),
    users: db.select().from(users).where(eq(users.id, userId)),
    factors: db.select().from(secondFactors).where(isConfirmedOf(userId)),
    sessions: db.select().from(sessions).where(eq(sessions.id, caller.sessionId)),
  }))
  requireAttempt('proof_failures', results.attempt, now)
  const [user] = results.users
  const { correct } = await verifyPassword(password, user?.passwordHash ?? null, config)
  if (!(user && correct)) {
    recordFailure(c, { userId, sessionId: caller.sessionId, event: 'proof_failed' })
    throw new AppError('wrong_password')
  }
  background(clearFailures(db, user.id).catch(() => undefined))
  const includesFactor = typeof results.sessions[0]?.secondFactorSince === 'number'
  return { user, factor: toConfirmed(results.factors[0]), includesFactor }
}

/** True of the caller's row in `users` while the session lives and what was proven still holds. */
export function whileProven({ caller, config, db, freshProof }: ProvenCaller, whileLive: SQL): SQL | undefined {
  const samePasswordAsProven = freshProof.kind === 'password' ? samePassword(freshProof.user) : undefined
  const needsFactor = freshProof.kind === 'log_in' || (freshProof.kind === 'password' && !freshProof.withSecondFactor)
  const hasFactorAsProven = needsFactor
    ? or(not(hasSecondFactor(db, users.id, config)), hasLoggedInWithFactor(db, caller))
    : undefined
  return and(eq(users.id, caller.userId), samePasswordAsProven, hasFactorAsProven, whileLive)
}

/** True if the log-in of the session included a second factor, and is fresh. */
const hasLoggedInWithFactor = (db: Db, caller: Caller): SQL =>
  isFresh(caller)
    ? existsRow(db, sessions, and(eq(sessions.id, caller.sessionId), isNotNull(sessions.secondFactorSince)))
    : sql`false`

/**
 * The error where `whileProven` does not hold: the password has changed, or the account has a second factor that was not proven.
 * @throws {AppError} `unauthenticated` or `unavailable`
 */
export async function unproven(proven: ProvenCaller): Promise<AppError> {
  const { db, freshProof } = proven
  if (freshProof.kind !== 'password') return freshProofRequired(proven)
  const isSame = (await db.select({ id: users.id }).from(users).where(samePassword(freshProof.user))).length > 0
  return isSame ? freshProofRequired(proven) : new AppError('wrong_password')
}

/**
 * The caller's proof stamp, for what a fresh proof permits a little later: another stamp then ends it (`users/proof-stamp.ts`).
 * @throws {AppError} as `unproven`, or `unauthenticated`
 */
export async function readProofStamp(proven: ProvenCaller, now: number): Promise<string> {
  const { caller, db } = proven
  const { user } = await asCaller(db, caller, now, (whileLive) => ({
    user: db.select({ proofStamp: users.proofStamp }).from(users).where(whileProven(proven, whileLive)),
  }))
  const [row] = user
  if (!row) throw await unproven(proven)
  return row.proofStamp
}
