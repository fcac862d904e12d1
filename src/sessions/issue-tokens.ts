import type { Context } from 'hono'
import type { AppEnv } from '../context'
import { afterAnswer } from '../http/after-answer'
import { traceOf } from '../http/trace'
import { SECOND_MS } from '../lib/time'
import type { Delivery, LogInAnswer } from '../log-in/schemas'
import { contactsOf, notify } from '../notices/notify'
import { toUser, type UserRow } from '../users/users'
import { getAuthCookies, setAuthCookies } from './cookies'
import type { SessionRow } from './session'
import { forgetCopies, toSession } from './session-copy'
import { readRefreshToken, signAccessToken, signRefreshToken, verifyAccessToken } from './token'

/** The answer to every log-in and refresh: the tokens of a session, as cookies or in the body, never both. */
export async function issueTokens(
  c: Context<AppEnv>,
  { session, user, delivery, now }: { session: SessionRow; user: UserRow; delivery: Delivery; now: number },
): Promise<LogInAnswer> {
  const [access, refreshToken] = await Promise.all([
    signAccessToken(c.var.keys, {
      sessionId: session.id,
      userId: user.id,
      sessionEndsAt: session.expiresAt,
      now,
    }),
    signRefreshToken(c.var.keys, session.id, session.generation),
  ])
  const answer = { session: toSession(session), user: toUser(user) }
  if (delivery === 'cookie') {
    const expiresIn = Math.floor((session.expiresAt - now) / SECOND_MS)
    setAuthCookies(c, { access, refresh: { token: refreshToken, expiresIn } })
    return answer
  }
  return {
    ...answer,
    accessToken: access.token,
    refreshToken,
    tokenType: 'Bearer',
    expiresIn: access.expiresIn,
  }
}

/** The session whose cookie the client's new one will overwrite: nobody could ever end it but from another device. */
export async function findReplaced(c: Context<AppEnv>, delivery: Delivery): Promise<string | null> {
  if (delivery === 'body') return null
  const { keys } = c.var
  const { refresh, access } = getAuthCookies(c)
  if (refresh !== undefined) return (await readRefreshToken(keys, refresh))?.sessionId ?? null
  // Pages outside of /api/v1/auth do not get to see the refresh token.
  if (access === undefined) return null
  return (await verifyAccessToken(keys, access, { now: Date.now(), acceptExpired: true }))?.sessionId ?? null
}

/** Answers a log-in whose session has begun: its tokens, and what goes on after the answer. */
export async function welcome(
  c: Context<AppEnv>,
  { session, user, delivery, now }: { session: SessionRow; user: UserRow; delivery: Delivery; now: number },
  { newDevice, ended }: { newDevice: unknown[]; ended: { id: string }[] },
): Promise<LogInAnswer> {
  traceOf(c.req.raw).userId = user.id
  const ids = ended.map((one) => one.id)
  if (ids.length > 0) afterAnswer(c, () => forgetCopies(c.var.kv, ids, c.var.background))
  if (newDevice.length > 0) {
    notify(c, { to: contactsOf(user).slice(0, 1), purpose: 'new_device' })
  }
  return issueTokens(c, { session, user, delivery, now })
}
