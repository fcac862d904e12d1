import { and, eq, exists, gt, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { v7 as uuidv7 } from 'uuid'
import type { Caller } from '../context'
import type { Db } from '../db/client'
import { sessions, users } from '../db/schema'
import { AppError } from '../errors'
import type { ClientInfo } from '../http/client-info'
import { DAY_MS } from '../lib/time'
import type { UserRow } from '../users/users'

/*
 * D1 decides which sessions live. A row that is gone has ended; nothing else says so.
 */

/** ASVS 7.3: an absolute life and an idle one. */
export const SESSION_LIFE_MS = 30 * DAY_MS
export const SESSION_IDLE_MS = 14 * DAY_MS

export type SessionRow = typeof sessions.$inferSelect

/** A session to be made at `now`, new at every log-in (ASVS 7.2.4). */
export const newSession = (userId: string, client: ClientInfo, now: number): SessionRow => ({
  id: uuidv7({ msecs: now }),
  userId,
  generation: 0,
  createdAt: now,
  lastSeenAt: now,
  expiresAt: now + SESSION_IDLE_MS,
  ...client,
})

/** True of the caller's row in `sessions` while the session lives. */
export const isLive = ({ sessionId, userId }: Pick<Caller, 'sessionId' | 'userId'>, now: number): SQL | undefined =>
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
