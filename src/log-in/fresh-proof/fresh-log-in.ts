import { and, eq, gt, isNotNull, not, or } from 'drizzle-orm'
import type { Variables } from '../../context'
import { existsRow } from '../../db/exists'
import { asCaller } from '../../sessions/as-caller'
import type { SessionAnswer } from '../../sessions/schemas'
import { toSession } from '../../sessions/session-copy'
import type { Caller } from '../../sessions/sessions'
import { sessions } from '../../sessions/tables'
import { hasSecondFactor } from '../../users/second-factors'
import { users } from '../../users/tables'
import { toUser } from '../../users/users'
import { proofError, selectProofWays } from './proof-methods'

/**
 * Reads the caller's session and user from D1, if the session lives and began lately. If the account has a second factor, the log-in must
 * have included it. Nothing but a log-in counts: no password can come along.
 * @throws {AppError} `fresh_proof_required` with what the account can log in by, `unauthenticated` or `unavailable`
 */
export async function readFreshLogIn(
  { config, primary }: Pick<Variables, 'config' | 'primary'>,
  caller: Caller,
  { maxAgeMs, now }: { maxAgeMs: number; now: number },
): Promise<SessionAnswer> {
  const db = primary()
  const isOwn = eq(sessions.id, caller.sessionId)
  const includesFactor = or(not(hasSecondFactor(db, users.id, config)), isNotNull(sessions.secondFactorSince))
  const { session, user, ways } = await asCaller(db, caller, now, () => ({
    session: db
      .select()
      .from(sessions)
      .where(
        and(
          isOwn,
          gt(sessions.createdAt, now - maxAgeMs),
          existsRow(db, users, and(eq(users.id, sessions.userId), includesFactor)),
        ),
      ),
    user: db.select().from(users).where(eq(users.id, caller.userId)),
    ways: selectProofWays(db, caller.userId, config),
  }))
  const [fresh] = session
  const [owner] = user
  if (fresh && owner) return { session: toSession(fresh), user: toUser(owner) }
  throw proofError(ways, config)
}
