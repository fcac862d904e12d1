import { and, eq, gt, gte, lt, not, or, type SQL, sql } from 'drizzle-orm'
import { record } from '../activity/activity'
import type { Variables } from '../context'
import { batchNamed } from '../db/batch-named'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import type { ClientInfo } from '../http/client-info'
import { SECOND_MS } from '../lib/time'
import { MAX_REPEATED_REFRESHES } from '../limits'
import { isBlocked } from '../users/blocked'
import { hasSecondFactor } from '../users/second-factors'
import { users } from '../users/tables'
import type { UserRow } from '../users/users'
import { type ClientMarks, isOnDevice, isSameClient } from './same-client'
import { SESSION_IDLE_MS, SESSION_LIFE_MS, type SessionRow } from './sessions'
import { sessions } from './tables'

/** How long the refresh token before the current one still gets its successor. It covers two tabs at once and a lost answer. */
export const REFRESH_GRACE_MS = 10 * SECOND_MS

/** A refresh token that somebody uses. */
export interface Refresh {
  sessionId: string
  generation: number
  marks: ClientMarks
  client: ClientInfo
  now: number
}

/** What became of a session when its refresh token was used. */
export type Rotation =
  | { kind: 'rotated'; session: SessionRow; user: UserRow; hasSecondFactor: boolean }
  /** Somebody used a token that was already replaced: the session has ended. */
  | { kind: 'reused'; user: UserRow }
  /** There is no such session, it has ended, or its account is blocked. */
  | { kind: 'unknown' }

/**
 * Trades the refresh token of `generation` for its successor.
 *
 * The race: many requests with one token. The first rotates the row. The others find it rotated and get the same successor,
 * for 10 s. After that the same client still gets it, while nobody has traded the successor: three times in the life of a session, each
 * for 10 s too. Any other token was copied, so the session ends (ASVS 10.4.5, RFC 9700 4.14.2).
 */
export async function rotateSession(
  { config, db }: Pick<Variables, 'config' | 'db'>,
  refresh: Refresh,
): Promise<Rotation> {
  const { sessionId, generation, marks, client, now } = refresh
  const next = generation + 1
  const bySession = eq(sessions.id, sessionId)
  const isLive = gt(sessions.expiresAt, now)
  const owner = db.select({ id: sessions.userId }).from(sessions).where(bySession)
  const ownerMayGoOn = existsRow(db, users, and(eq(users.id, sessions.userId), not(isBlocked)))
  const { isRepeat, isReuse } = lateConditions(db, refresh)
  const isNewRepeat = and(bySession, isLive, ownerMayGoOn, isRepeat)
  const isReused = and(bySession, isLive, isReuse)
  const about = { userId: sql`${owner}`, client, now, sessionId }
  // A second run finds the row rotated, or the repeat counted, as the other requests of the race do.
  const results = await batchNamed(db.repeatable(), {
    user: db.select().from(users).where(eq(users.id, owner)),
    recordedRepeat: record(db, { ...about, event: 'refresh_repeated' }, existsRow(db, sessions, isNewRepeat)),
    repeated: db
      .update(sessions)
      .set({ repeats: sql`${sessions.repeats} + 1`, repeatedAt: sql`max(${sessions.repeatedAt}, ${now})` })
      .where(isNewRepeat),
    recordedReuse: record(db, { ...about, event: 'refresh_reused' }, existsRow(db, sessions, isReused)),
    reused: db.delete(sessions).where(isReused).returning({ id: sessions.id }),
    rotated: db
      .update(sessions)
      .set({
        generation: next,
        // The clock of another location may be a little behind.
        lastSeenAt: sql`max(${sessions.lastSeenAt}, ${now})`,
        expiresAt: sql`min(${sessions.createdAt} + ${SESSION_LIFE_MS}, ${now + SESSION_IDLE_MS})`,
        refreshKeyHash: marks.keyHash,
        rotatedOnDevice: isOnDevice(db, marks),
      })
      .where(and(bySession, eq(sessions.generation, generation), isLive, ownerMayGoOn)),
    session: db
      .select()
      .from(sessions)
      .where(and(bySession, eq(sessions.generation, next), isLive, ownerMayGoOn)),
    // Asked only where it matters: sessions without one may then do nothing else than to set one up.
    factor:
      config.REQUIRE_SECOND_FACTOR === 'all'
        ? db
            .select({ userId: users.id })
            .from(users)
            .where(and(eq(users.id, owner), hasSecondFactor(db, users.id, config)))
        : undefined,
  })
  const [user] = results.user
  const [session] = results.session
  const hasFactor = (results.factor ?? []).length > 0
  if (user && session) return { kind: 'rotated', session, user, hasSecondFactor: hasFactor }
  return user && results.reused.length > 0 ? { kind: 'reused', user } : { kind: 'unknown' }
}

/**
 * What a token is that was replaced more than 10 s ago. The race: many requests of one client whose answer got lost. The first is a
 * repeat, and is counted. For 10 s the others are neither a repeat nor a reuse.
 */
function lateConditions(db: Db, { generation, marks, now }: Refresh): Record<'isRepeat' | 'isReuse', SQL | undefined> {
  const since = now - REFRESH_GRACE_MS
  const isLate = and(eq(sessions.generation, generation + 1), lt(sessions.lastSeenAt, since))
  const isCounted = gte(sessions.repeatedAt, since)
  const isSame = isSameClient(db, marks)
  return {
    isRepeat: and(isLate, isSame, not(isCounted), lt(sessions.repeats, MAX_REPEATED_REFRESHES)),
    isReuse: or(gt(sessions.generation, generation + 1), and(isLate, sql`NOT (${isSame} AND ${isCounted})`)),
  }
}
