import { and, eq, or, type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../context'
import type { Db } from '../db/client'
import { sha256 } from '../lib/sha256'
import { users } from '../users/tables'
import { isKnownTo, type KnownDevice, readDeviceCookie } from './known-device'
import { hashDevice } from './sessions'
import { sessions } from './tables'

/*
 * How a refresh shows that the same client asks again whose answer got lost. Whoever has copied a refresh token has neither:
 *
 * - the `Idempotency-Key` of the request that rotated the session, or
 * - with cookies, the device cookie that the session began with. It counts only if the request that rotated the session had it too: if a
 *   thief has rotated it, the owner must not go on as the same client, because nobody would notice the thief.
 */

/** What a refresh shows of its client. */
export interface ClientMarks {
  keyHash: string | null
  /** The device, if the refresh token came in a cookie. */
  device: { hash: string; known: KnownDevice } | null
}

/** Reads what a refresh of this session shows of its client. */
export async function readMarks(
  c: Context<AppEnv>,
  { sessionId, key, hasCookies }: { sessionId: string; key: string | null; hasCookies: boolean },
): Promise<ClientMarks> {
  const known = hasCookies ? await readDeviceCookie(c) : null
  return {
    // The same key in another session is another hash.
    keyHash: key === null ? null : await sha256(`refresh-key|${sessionId}|${key}`),
    device: known && { hash: await hashDevice(sessionId, known.id), known },
  }
}

/** True of the session's row if the request comes from the device that the session began on, which its user still knows. */
export const isOnDevice = (db: Db, { device }: ClientMarks): SQL =>
  device === null
    ? sql`false`
    : sql`(${and(eq(sessions.deviceHash, device.hash), isKnownTo(db, device.known, eq(users.id, sessions.userId)))})`

/** True of the session's row if the client that rotated it last asks again. Never null. */
export const isSameClient = (db: Db, marks: ClientMarks): SQL =>
  sql`(${or(
    marks.keyHash === null ? sql`false` : sql`${sessions.refreshKeyHash} IS ${marks.keyHash}`,
    sql`(${sessions.rotatedOnDevice} AND ${isOnDevice(db, marks)})`,
  )})`
