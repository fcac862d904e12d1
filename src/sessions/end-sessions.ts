import { and, eq, gt, ne, type SQL, sql } from 'drizzle-orm'
import type { Caller } from '../context'
import type { Db } from '../db/client'
import { activity, sessions } from '../db/schema'
import { selectRow } from '../db/select-row'
import { uuidv7In } from '../db/uuid'
import type { ClientInfo } from '../http/client-info'

/**
 * The statements that end sessions, and tell their owners' activity of each.
 * @param which a condition on `sessions`
 * @returns for `db.batch`: the activity; the ids of the sessions that have ended
 */
export function endSessions(db: Db, which: SQL | undefined, { client, now }: { client: ClientInfo; now: number }) {
  // One that has run out has ended by itself: its row goes, and there is nothing to tell.
  const ending = and(which, gt(sessions.expiresAt, now))
  return [
    db.insert(activity).select(
      selectRow(
        activity,
        {
          id: uuidv7In(now),
          userId: sql`${sessions.userId}`,
          event: 'session_ended',
          at: now,
          sessionId: sql`${sessions.id}`,
          ...client,
          detail: null,
        },
        sql`${ending}`,
        sessions,
      ),
    ),
    db.delete(sessions).where(which).returning({ id: sessions.id }),
  ] as const
}

/** The sessions of a user that ended in a transaction of `now`, for who did not get to know them from it. */
export async function findEnded(db: Db, userId: string, now: number): Promise<(string | null)[]> {
  const rows = await db
    .select({ id: activity.sessionId })
    .from(activity)
    .where(and(eq(activity.userId, userId), eq(activity.event, 'session_ended'), eq(activity.at, now)))
  return rows.map(({ id }) => id)
}

/** The condition for all the caller's sessions but the one that asks. */
export const othersOf = ({ sessionId, userId }: Caller): SQL | undefined =>
  and(eq(sessions.userId, userId), ne(sessions.id, sessionId))
