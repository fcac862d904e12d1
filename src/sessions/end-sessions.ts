import { and, eq, gt, ne, type SQL, sql } from 'drizzle-orm'
import { isSince } from '../activity/activity'
import { activity } from '../activity/tables'
import type { Db } from '../db/client'
import { selectRow } from '../db/select-row'
import { uuidv7InSql } from '../db/uuid'
import type { ClientInfo } from '../http/client-info'
import type { Caller } from './sessions'
import { sessions } from './tables'

/**
 * The statements that end sessions, and that record each end in its owner's activity. A session that has expired has already ended:
 * nothing records it, and the purge removes it.
 * @param which a condition on `sessions`
 * @returns `ended` gives the ids of the sessions that ended
 */
export function endSessions(db: Db, which: SQL | undefined, { client, now }: { client: ClientInfo; now: number }) {
  const ending = and(which, gt(sessions.expiresAt, now))
  const entry = {
    id: uuidv7InSql(now),
    userId: sql`${sessions.userId}`,
    event: 'session_ended' as const,
    at: now,
    sessionId: sql`${sessions.id}`,
    ...client,
    detail: null,
  }
  return {
    recordedEnds: db.insert(activity).select(selectRow(activity, entry, sql`${ending}`, sessions)),
    ended: db.delete(sessions).where(ending).returning({ id: sessions.id }),
  }
}

/** The ids of a user's sessions that ended in a transaction at `now`. For when the answer of that transaction was lost. */
export async function findEnded(db: Db, userId: string, now: number): Promise<(string | null)[]> {
  const rows = await db
    .select({ id: activity.sessionId })
    .from(activity)
    .where(and(isSince(userId, now), eq(activity.event, 'session_ended'), eq(activity.at, now)))
  return rows.map(({ id }) => id)
}

/** True of all sessions of the caller but the one of the request. */
export const othersOf = ({ sessionId, userId }: Caller): SQL | undefined =>
  and(eq(sessions.userId, userId), ne(sessions.id, sessionId))
