import { and, eq, gt, lt, not, or, sql } from 'drizzle-orm'
import { record } from '../activity/activity'
import { batchNamed } from '../db/batch-named'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import type { ClientInfo } from '../http/client-info'
import { SECOND_MS } from '../lib/time'
import { isBlocked } from '../users/blocked'
import { users } from '../users/tables'
import type { UserRow } from '../users/users'
import { SESSION_IDLE_MS, SESSION_LIFE_MS, type SessionRow } from './sessions'
import { sessions } from './tables'

/** How long the refresh token before the current one still gets its successor. It covers two tabs at once and a lost answer. */
export const REFRESH_GRACE_MS = 10 * SECOND_MS

/** What became of a session when its refresh token was used. */
export type Rotation =
  | { kind: 'rotated'; session: SessionRow; user: UserRow }
  /** Somebody used a token that was already replaced: the session has ended. */
  | { kind: 'reused'; user: UserRow }
  /** There is no such session, it has ended, or its account is blocked. */
  | { kind: 'unknown' }

/**
 * Trades the refresh token of `generation` for its successor.
 *
 * The race: many requests with one token. The first rotates the row. The others find it rotated and get the same successor,
 * for 10 s. A token that is older was copied, so the session ends (ASVS 10.4.5, RFC 9700 4.14.2).
 */
export async function rotateSession(
  db: Db,
  { sessionId, generation, client, now }: { sessionId: string; generation: number; client: ClientInfo; now: number },
): Promise<Rotation> {
  const next = generation + 1
  const bySession = eq(sessions.id, sessionId)
  const wasReplaced = or(
    gt(sessions.generation, next),
    and(eq(sessions.generation, next), lt(sessions.lastSeenAt, now - REFRESH_GRACE_MS)),
  )
  const isLive = gt(sessions.expiresAt, now)
  const isReuse = and(bySession, isLive, wasReplaced)
  const owner = db.select({ id: sessions.userId }).from(sessions).where(bySession)
  const ownerMayGoOn = existsRow(db, users, and(eq(users.id, sessions.userId), not(isBlocked)))
  const reuse = { userId: sql`${owner}`, event: 'refresh_reused' as const, client, now, sessionId }
  // A second run finds the row rotated, as the other requests of the race do.
  const results = await batchNamed(db.repeatable(), {
    user: db.select().from(users).where(eq(users.id, owner)),
    recordedReuse: record(db, reuse, existsRow(db, sessions, isReuse)),
    reused: db.delete(sessions).where(isReuse).returning({ id: sessions.id }),
    rotated: db
      .update(sessions)
      .set({
        generation: next,
        // The clock of another location may be a little behind.
        lastSeenAt: sql`max(${sessions.lastSeenAt}, ${now})`,
        expiresAt: sql`min(${sessions.createdAt} + ${SESSION_LIFE_MS}, ${now + SESSION_IDLE_MS})`,
      })
      .where(and(bySession, eq(sessions.generation, generation), isLive, ownerMayGoOn)),
    session: db
      .select()
      .from(sessions)
      .where(and(bySession, eq(sessions.generation, next), isLive, ownerMayGoOn)),
  })
  const [user] = results.user
  const [session] = results.session
  if (user && session) return { kind: 'rotated', session, user }
  return user && results.reused.length > 0 ? { kind: 'reused', user } : { kind: 'unknown' }
}
