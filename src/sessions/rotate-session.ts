import { and, eq, gt, lt, or, sql } from 'drizzle-orm'
import { record } from '../activity/activity'
import type { Db } from '../db/client'
import { sessions, users } from '../db/schema'
import type { ClientInfo } from '../http/client-info'
import { SECOND_MS } from '../lib/time'
import type { UserRow } from '../users/users'
import { SESSION_IDLE_MS, SESSION_LIFE_MS, type SessionRow } from './session'

/** How long the refresh token of before still gets its successor: two tabs at once, or an answer that got lost. */
export const REFRESH_GRACE_MS = 10 * SECOND_MS

/** A refresh token's session after a rotation; or none, with the user whose session its reuse has ended. */
export type Rotation = { session: SessionRow; user: UserRow } | { session: null; reusedOf: UserRow | undefined }

/**
 * Trades the refresh token of `generation` for its successor. One transaction settles every race: of any number of requests
 * with one token, the first rotates the row and the others, for 10 s, find it rotated and get the same successor. A token
 * older than that was copied: the session ends (ASVS 10.4.5, RFC 9700 4.14.2).
 */
export async function rotateSession(
  db: Db,
  { sessionId, generation, client, now }: { sessionId: string; generation: number; client: ClientInfo; now: number },
): Promise<Rotation> {
  const next = generation + 1
  const bySession = eq(sessions.id, sessionId)
  const usedBefore = and(
    bySession,
    or(
      gt(sessions.generation, next),
      and(eq(sessions.generation, next), lt(sessions.lastSeenAt, now - REFRESH_GRACE_MS)),
    ),
  )
  const owner = db.select({ id: sessions.userId }).from(sessions).where(bySession)
  const reuse = sql`EXISTS ${db.select({ id: sessions.id }).from(sessions).where(usedBefore)}`
  const [[user], , reused, , [session]] = await db.batch([
    db.select().from(users).where(eq(users.id, owner)),
    record(db, { userId: sql`${owner}`, event: 'refresh_reused', client, now, sessionId }, reuse),
    db.delete(sessions).where(usedBefore).returning({ id: sessions.id }),
    db
      .update(sessions)
      .set({
        generation: next,
        // A clock elsewhere may be a little behind.
        lastSeenAt: sql`max(${sessions.lastSeenAt}, ${now})`,
        expiresAt: sql`min(${sessions.createdAt} + ${SESSION_LIFE_MS}, ${now + SESSION_IDLE_MS})`,
      })
      .where(and(bySession, eq(sessions.generation, generation), gt(sessions.expiresAt, now))),
    db
      .select()
      .from(sessions)
      .where(and(bySession, eq(sessions.generation, next), gt(sessions.expiresAt, now))),
  ])
  if (session && user) return { session, user }
  return { session: null, reusedOf: reused.length > 0 ? user : undefined }
}
