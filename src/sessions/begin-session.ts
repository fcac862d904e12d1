import { and, desc, eq, gt, lt, or, type SQL, sql } from 'drizzle-orm'
import { record } from '../activity/activity'
import type { ActivityDetail } from '../activity/events'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { selectRow } from '../db/select-row'
import type { ClientInfo } from '../http/client-info'
import { users } from '../users/tables'
import { endSessions } from './end-sessions'
import { isKnownTo, type KnownDevice } from './known-device'
import type { SessionRow } from './sessions'
import { sessions } from './tables'

/** How many sessions a user can have. When one more begins, the oldest ends. One request can remove the copies of this many. */
export const MAX_SESSIONS = 50

/** A session that is to begin. */
export interface Beginning {
  /** `userId` may be SQL, when only the transaction knows the user. */
  session: Omit<SessionRow, 'userId'> & { userId: string | SQL }
  /** True when the account is made in this transaction. */
  isNewUser: SQL
  /** What the activity says of the log-in. */
  by: ActivityDetail
  /** The id of the session that this one replaces, if that is the same user's (ASVS 7.2.4). */
  replaces: string | null
  /** Where the log-in comes from. */
  device: KnownDevice
  client: ClientInfo
  now: number
}

/** True once the session has begun. */
export const hasBegun = (db: Db, sessionId: string): SQL => existsRow(db, sessions, eq(sessions.id, sessionId))

/**
 * The statements that begin a session if `mayBegin` holds, and that record it in the activity. Only the gateway uses them:
 * `log-in/log-in.ts`.
 * @returns `begun` gives the session's id if it began; `newDevice` gives a row if the user has not logged in on this device
 *   before; `ended` gives the ids of the sessions that ended for this one
 */
export function beginSession(db: Db, beginning: Beginning, mayBegin: SQL) {
  const { session, isNewUser, by, device, client, now } = beginning
  const begun = hasBegun(db, session.id)
  const about = { userId: session.userId, client, now, sessionId: session.id }
  return {
    begun: db
      .insert(sessions)
      .select(selectRow(sessions, session, mayBegin))
      .returning({ id: sessions.id }),
    newDevice: record(
      db,
      { ...about, event: 'new_device', sequence: 1 },
      sql`${begun} AND NOT ${isNewUser} AND NOT ${isKnownTo(db, device, eq(users.id, session.userId))}`,
    ),
    recorded: record(
      db,
      { ...about, event: sql`CASE WHEN ${isNewUser} THEN 'sign_up' ELSE 'log_in' END`, detail: by },
      begun,
    ),
    ...endSessions(db, and(begun, makesRoom(db, beginning)), { client, now }),
  }
}

/**
 * True of the user's sessions that end when this one begins: the one that it replaces, and all but the newest `MAX_SESSIONS`. A
 * session of another user stays. Otherwise, somebody with a stolen cookie could end it by logging in as themselves.
 */
function makesRoom(db: Db, { session: { userId }, replaces, now }: Beginning): SQL | undefined {
  const oldestToStay = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, now)))
    .orderBy(desc(sessions.id))
    .limit(1)
    .offset(MAX_SESSIONS - 1)
  const isReplaced = replaces === null ? undefined : eq(sessions.id, replaces)
  return and(eq(sessions.userId, userId), or(isReplaced, lt(sessions.id, oldestToStay)))
}
