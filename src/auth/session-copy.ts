import type { Caller } from '../context'
import type { Db } from '../db/client'
import { getJson, putJson } from '../kv'
import { isoTime, SECOND_MS } from '../lib/time'
import { toUser, type UserRow } from '../users/users'
import { type Session, type SessionAnswer, sessionAnswerSchema } from './schemas'
import { findLiveSession, type SessionRow } from './session'

/*
 * KV keeps a copy of every session near its user, so that a read need not ask D1. A copy may be up to 60 s old, and it
 * decides nothing: whatever changes something asks D1.
 */

/** Runs a task after the answer: `ctx.waitUntil`. */
export type Background = (task: Promise<unknown>) => void

/** Longer than any put that was under way when a session ended. */
const LATE_PUT_MS = 5 * SECOND_MS

const keyOf = (sessionId: string): string => `session:${sessionId}`

export const toSession = (row: SessionRow): Session => ({
  id: row.id,
  createdAt: isoTime(row.createdAt),
  expiresAt: isoTime(row.expiresAt),
})

/** Keeps a copy until the session ends by itself. A copy that cannot be kept costs a D1 read later, never the request. */
export async function keepCopy(kv: KVNamespace, session: SessionRow, user: UserRow, now: number): Promise<void> {
  const copy: SessionAnswer = { session: toSession(session), user: toUser(user) }
  try {
    await putJson(kv, keyOf(session.id), copy, (session.expiresAt - now) / SECOND_MS)
  } catch {
    console.warn(JSON.stringify({ level: 'warn', event: 'session_copy_not_kept' }))
  }
}

/**
 * Removes the copies of sessions that have ended: at once, and again a little later, since a refresh or a read that saw the
 * session alive may be putting its copy back at this moment, and since KV takes one write a second for a key.
 */
export async function forgetCopies(kv: KVNamespace, sessionIds: string[], background: Background): Promise<void> {
  if (sessionIds.length === 0) return
  const forget = async () => {
    const outcomes = await Promise.allSettled(sessionIds.map((id) => kv.delete(keyOf(id))))
    const failed = outcomes.filter(({ status }) => status === 'rejected').length
    if (failed > 0) console.warn(JSON.stringify({ level: 'warn', event: 'session_copies_not_removed', failed }))
  }
  background(new Promise((resolve) => setTimeout(resolve, LATE_PUT_MS)).then(forget))
  await forget()
}

/** Brings a change of the user into the copies of all sessions: the caller's own at once, others when they are next read. */
export async function renewCopies(
  { kv, background }: { kv: KVNamespace; background: Background },
  caller: Caller,
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
  await Promise.all(all.filter((one) => !others.includes(one)).map((own) => keepCopy(kv, own, user, now)))
}

/** The caller's session as KV has it, or, where KV has none or fails, as D1 has it; null once it has ended. */
export async function readSession(
  { kv, primary, background }: { kv: KVNamespace; primary: () => Db; background: Background },
  caller: Caller,
  now: number,
): Promise<SessionAnswer | null> {
  const copy = await getJson(kv, keyOf(caller.sessionId), sessionAnswerSchema).catch(() => null)
  if (copy && copy.user.id === caller.userId && Date.parse(copy.session.expiresAt) > now) return copy
  const found = await findLiveSession(primary(), caller, now)
  if (!found) return null
  background(keepCopy(kv, found.session, found.user, now))
  return { session: toSession(found.session), user: toUser(found.user) }
}
