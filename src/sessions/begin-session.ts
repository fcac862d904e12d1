import { and, desc, eq, exists, lt, not, or, type SQL, sql } from 'drizzle-orm'
import { record } from '../activity/activity'
import type { Db } from '../db/client'
import { activity, sessions } from '../db/schema'
import { selectRow } from '../db/select-row'
import type { ClientInfo } from '../http/client-info'
import { endSessions } from './end-sessions'
import type { SessionRow } from './session'

/** Of one user's sessions; with one more, the oldest ends. All their copies have to be removed within one request. */
export const MAX_SESSIONS = 50

interface Beginning {
  /** `userId` may be for the transaction to find. */
  session: Omit<SessionRow, 'userId'> & { userId: string | SQL }
  /** Whether the account is made in this transaction. */
  isNewUser: SQL
  by: 'password' | 'code'
  /** The session that this one takes the place of (ASVS 7.2.4). */
  replaces: string | null
  client: ClientInfo
  now: number
}

/**
 * The statements that begin a session, if `only` holds, and tell the account's activity of it.
 * @returns for `db.batch`: the session, if it has begun; an entry, if it is on a device that the user has not logged in on;
 *   two of activity; the ids of sessions that have ended for it
 */
export function beginSession(db: Db, { session, isNewUser, by, replaces, client, now }: Beginning, only: SQL) {
  const { id, userId } = session
  const has = (which: SQL | undefined) => exists(db.select({ one: sql`1` }).from(sessions).where(which))
  const hasBegun = has(eq(sessions.id, id))
  const seenBefore = exists(
    db
      .select({ one: sql`1` })
      .from(activity)
      .where(
        and(
          eq(activity.userId, userId),
          // In the words of the index that holds these alone.
          sql`${activity.event} IN ('sign_up', 'log_in')`,
          sql`${activity.device} IS ${client.device}`,
          sql`${activity.country} IS ${client.country}`,
        ),
      ),
  )
  const oldestToStay = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(eq(sessions.userId, userId))
    .orderBy(desc(sessions.id))
    .limit(1)
    .offset(MAX_SESSIONS - 1)
  const makesRoom = and(
    hasBegun,
    or(
      replaces === null ? undefined : eq(sessions.id, replaces),
      and(eq(sessions.userId, userId), lt(sessions.id, oldestToStay)),
    ),
  )
  const about = { userId, client, now, sessionId: id }
  return [
    db
      .insert(sessions)
      .select(selectRow(sessions, session, only))
      .returning({ id: sessions.id }),
    record(
      db,
      { ...about, event: 'new_device', sequence: 1 },
      sql`${hasBegun} AND NOT ${isNewUser} AND ${not(seenBefore)}`,
    ),
    record(
      db,
      { ...about, event: sql`CASE WHEN ${isNewUser} THEN 'sign_up' ELSE 'log_in' END`, detail: { by } },
      hasBegun,
    ),
    ...endSessions(db, makesRoom, { client, now }),
  ] as const
}
