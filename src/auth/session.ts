import { and, eq, exists, gt, lt, ne, or, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { v7 as uuidv7 } from 'uuid'
import type { Caller } from '../context'
import type { Db } from '../db/client'
import { sessions, users } from '../db/schema'
import { AppError } from '../errors'
import { DAY_MS, SECOND_MS } from '../lib/time'
import type { UserRow } from '../users/users'

/*
 * D1 decides which sessions live. A row that is gone has ended; nothing else says so.
 */

/** ASVS 7.3: an absolute life and an idle one. */
export const SESSION_LIFE_MS = 30 * DAY_MS
export const SESSION_IDLE_MS = 14 * DAY_MS

/** How long the refresh token of before still gets its successor: two tabs at once, or an answer that got lost. */
export const REFRESH_GRACE_MS = 10 * SECOND_MS

export type SessionRow = typeof sessions.$inferSelect

/** A session to be made at `now`, new at every log-in (ASVS 7.2.4). */
export const newSession = (userId: string, now: number): SessionRow => ({
  id: uuidv7(),
  userId,
  generation: 0,
  createdAt: now,
  lastSeenAt: now,
  expiresAt: now + SESSION_IDLE_MS,
})

/** True of the caller's row in `sessions` while the session lives. */
export const isLive = ({ sessionId, userId }: Caller, now: number): SQL | undefined =>
  and(eq(sessions.id, sessionId), eq(sessions.userId, userId), gt(sessions.expiresAt, now))

/** The same as a condition for any statement, so that what a session does and whether it lives is one decision. */
export const whileLive = (db: Db, caller: Caller, now: number): SQL =>
  exists(db.select({ one: sql`1` }).from(sessions).where(isLive(caller, now)))

/**
 * Runs statements that each carry `whileLive`, and asks in the same transaction whether the session lives: one round trip,
 * and a session that was ended a moment ago changes nothing.
 * @throws {AppError} `unauthenticated` where it has ended
 */
export async function writeAs<const Items extends readonly [BatchItem<'sqlite'>, ...BatchItem<'sqlite'>[]]>(
  db: Db,
  caller: Caller,
  now: number,
  items: Items,
) {
  const [live, ...results] = await db.batch([
    db.select({ id: sessions.id }).from(sessions).where(isLive(caller, now)),
    ...items,
  ])
  if (live.length === 0) throw new AppError('unauthenticated')
  return results
}

export async function findLiveSession(
  db: Db,
  caller: Caller,
  now: number,
): Promise<{ session: SessionRow; user: UserRow } | undefined> {
  return db
    .select({ session: sessions, user: users })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(isLive(caller, now))
    .get()
}

/** A refresh token's session after a rotation; or none, with the ids of sessions that its reuse has ended. */
export type Rotation = { session: SessionRow; user: UserRow } | { session: null; reused: boolean }

/**
 * Trades the refresh token of `generation` for its successor. One transaction settles every race: of any number of requests
 * with one token, the first rotates the row and the others, for 10 s, find it rotated and get the same successor. A token
 * older than that was copied: the session ends (ASVS 10.4.5, RFC 9700 4.14.2).
 */
export async function rotateSession(
  db: Db,
  { sessionId, generation, now }: { sessionId: string; generation: number; now: number },
): Promise<Rotation> {
  const next = generation + 1
  const bySession = eq(sessions.id, sessionId)
  const usedBefore = or(
    gt(sessions.generation, next),
    and(eq(sessions.generation, next), lt(sessions.lastSeenAt, now - REFRESH_GRACE_MS)),
  )
  const [reused, , [session], [user]] = await db.batch([
    db.delete(sessions).where(and(bySession, usedBefore)).returning({ id: sessions.id }),
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
    db
      .select()
      .from(users)
      .where(eq(users.id, db.select({ id: sessions.userId }).from(sessions).where(bySession))),
  ])
  return session && user ? { session, user } : { session: null, reused: reused.length > 0 }
}

/** The statement that ends a session. */
export const deleteSession = (db: Db, sessionId: string) => db.delete(sessions).where(eq(sessions.id, sessionId))

/** The statement that ends all the caller's sessions but the one that asks, if `only` holds; it returns their ids. */
export const deleteOtherSessions = (db: Db, { sessionId, userId }: Caller, only: SQL) =>
  db
    .delete(sessions)
    .where(and(eq(sessions.userId, userId), ne(sessions.id, sessionId), only))
    .returning({ id: sessions.id })
