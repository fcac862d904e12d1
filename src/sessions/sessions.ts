import { and, eq, gt, type SQL } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Db } from '../db/client'
import type { ClientInfo } from '../http/client-info'
import { sha256 } from '../lib/sha256'
import { DAY_MS } from '../lib/time'
import { users } from '../users/tables'
import type { UserRow } from '../users/users'
import { sessions } from './tables'

/*
 * D1 decides which sessions live. A session has ended when its row is gone or has expired.
 */

/** Who makes a request: the session and the user of its access token. */
export interface Caller {
  sessionId: string
  userId: string
  /** When the user logged in (ms). The session's id contains this time. */
  authenticatedAt: number
  /** The session may only set up a second factor: `sessions/set-up-only.ts`. */
  isSetUpOnly?: true
}

/** ASVS 7.3.2 and 7.3.1: an absolute life and an idle one. */
export const SESSION_LIFE_MS = 30 * DAY_MS
export const SESSION_IDLE_MS = 14 * DAY_MS

export type SessionRow = typeof sessions.$inferSelect

/** What a log-in proved, and since when (ms) the account has had it. */
export type LogInProof = Pick<SessionRow, 'provenBy' | 'provenSince'>

/** Whose session begins, what the log-in proved, and on which device. */
interface SessionStart {
  userId: string
  proof: LogInProof
  /** Since when (ms) the account has had the second factor that the log-in included; null if it included none. */
  secondFactorSince: number | null
  /** The id of the known device. */
  deviceId: string
  client: ClientInfo
  now: number
}

/** A session that begins at `now`. Every log-in gets a new one (ASVS 7.2.4). */
export async function newSession({
  userId,
  proof,
  secondFactorSince,
  deviceId,
  client,
  now,
}: SessionStart): Promise<SessionRow> {
  const id = uuidv7({ msecs: now })
  return {
    id,
    userId,
    generation: 0,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: now + SESSION_IDLE_MS,
    deviceHash: await hashDevice(id, deviceId),
    refreshKeyHash: null,
    rotatedOnDevice: false,
    repeats: 0,
    repeatedAt: 0,
    secondFactorSince,
    ...proof,
    ...client,
  }
}

/** A device as the row of a session names it. The rows do not show which users share a device. */
export const hashDevice = (sessionId: string, deviceId: string): Promise<string> =>
  sha256(`device|${sessionId}|${deviceId}`)

/** True of the caller's row in `sessions` while the session lives. */
export const isLive = ({ sessionId, userId }: Pick<Caller, 'sessionId' | 'userId'>, now: number): SQL | undefined =>
  and(eq(sessions.id, sessionId), eq(sessions.userId, userId), gt(sessions.expiresAt, now))

/** True of the rows of a user's sessions that have not expired. */
export const liveSessionsOf = (userId: string, now: number): SQL | undefined =>
  and(eq(sessions.userId, userId), gt(sessions.expiresAt, now))

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
