import type { Background, Variables } from '../context'
import { AppError } from '../errors'
import type { Kv } from '../kv'
import { isoTime, SECOND_MS } from '../lib/time'
import { toUser, type UserRow } from '../users/users'
import { type Device, type Session, type SessionAnswer, sessionAnswerSchema } from './schemas'
import { type Caller, findLiveSession, type SessionRow } from './sessions'

/*
 * KV keeps a copy of every session near its user, so that a read need not ask D1. A copy may be up to 60 s old. It decides
 * nothing: every write asks D1.
 */

/** Longer than we wait for a put (`KV_LIMIT_MS`): a put that was running when the session ended should be over by then. */
const LATE_PUT_MS = 5 * SECOND_MS

const keyOf = (sessionId: string): string => `session:${sessionId}`

export const toSession = (row: SessionRow): Session => ({
  id: row.id,
  createdAt: isoTime(row.createdAt),
  expiresAt: isoTime(row.expiresAt),
})

/** @param callerSessionId the session of the request; null if it has none */
export const toDevice = (row: SessionRow, callerSessionId: string | null): Device => ({
  ...toSession(row),
  lastSeenAt: isoTime(row.lastSeenAt),
  device: row.device,
  country: row.country,
  current: row.id === callerSessionId,
})

/**
 * Keeps a copy until the session expires. A failure does not fail the request: a later read asks D1 instead.
 * @returns whether it is kept
 */
export async function keepCopy(kv: Kv, session: SessionRow, user: UserRow, now: number): Promise<boolean> {
  const copy: SessionAnswer = { session: toSession(session), user: toUser(user) }
  try {
    await kv.put(keyOf(session.id), copy, (session.expiresAt - now) / SECOND_MS)
    return true
  } catch {
    console.warn(JSON.stringify({ level: 'warn', event: 'session_copy_not_kept' }))
    return false
  }
}

/**
 * Removes the copies of sessions that have ended: now, and again a little later. A refresh or a read that saw the session alive
 * may be putting its copy back at this moment, and KV may refuse a second write to one key within a second.
 */
export async function forgetCopies(kv: Kv, sessionIds: string[], background: Background): Promise<void> {
  if (sessionIds.length === 0) return
  const forget = async () => {
    const outcomes = await Promise.allSettled(sessionIds.map((id) => kv.remove(keyOf(id))))
    const failed = outcomes.filter(({ status }) => status === 'rejected').length
    if (failed > 0) console.warn(JSON.stringify({ level: 'warn', event: 'session_copies_not_removed', failed }))
  }
  background(new Promise((resolve) => setTimeout(resolve, LATE_PUT_MS)).then(forget))
  await forget()
}

/**
 * Waits for a transaction that ends sessions. When its answer is lost, it may still have ended them. Then this removes the copies
 * of all the sessions that it may have ended. A copy that is removed too early costs a read of D1.
 * @param find the ids of those sessions, asked only when the answer was lost; null stands for none
 */
export async function forgetIfLost<Result>(
  { kv, background }: Pick<Variables, 'kv' | 'background'>,
  ending: Promise<Result>,
  find: () => (string | null)[] | Promise<(string | null)[]>,
): Promise<Result> {
  try {
    return await ending
  } catch (error) {
    const forget = async () => {
      const ids = (await find()).filter((id) => id !== null)
      await forgetCopies(kv, ids, background)
    }
    if (error instanceof AppError && error.code === 'unavailable') {
      const failed = () => console.warn(JSON.stringify({ level: 'warn', event: 'session_copies_not_removed' }))
      background(forget().catch(failed))
    }
    throw error
  }
}

/** Puts a change of the user into the copies of all sessions: the caller's own now, the others when they are next read. */
export async function renewCopies(
  { kv, background, caller }: Pick<Variables, 'kv' | 'background' | 'caller'>,
  all: SessionRow[],
  user: UserRow,
  now: number,
): Promise<void> {
  const others = all.filter(({ id }) => id !== caller.sessionId)
  background(
    forgetCopies(
      kv,
      others.map(({ id }) => id),
      background,
    ),
  )
  const [own] = all.filter(({ id }) => id === caller.sessionId)
  // If the new copy is not kept, the old one must not stay: it shows the values from before the change.
  if (own && !(await keepCopy(kv, own, user, now))) background(forgetCopies(kv, [own.id], background))
}

/** The caller's session from KV, or from D1 if KV has no copy or fails. Null if the session has ended. */
export async function readSession(
  { kv, primary, background }: Pick<Variables, 'kv' | 'primary' | 'background'>,
  caller: Caller,
  now: number,
): Promise<SessionAnswer | null> {
  const copy = await kv.get(keyOf(caller.sessionId), sessionAnswerSchema).catch(() => null)
  if (copy && copy.user.id === caller.userId && Date.parse(copy.session.expiresAt) > now) return copy
  const found = await findLiveSession(primary(), caller, now)
  if (!found) return null
  background(keepCopy(kv, found.session, found.user, now))
  return { session: toSession(found.session), user: toUser(found.user) }
}
