import type { Context } from 'hono'
import type { AppEnv } from '../context'
import { getAuthCookies } from './cookies'
import type { TokenPlace } from './schemas'
import { readRefreshToken, verifyAccessToken } from './token'

/**
 * The id of the session whose cookies a log-in will overwrite; null if there is none. If it is the same user's, it ends, because
 * afterwards this browser could no longer end it.
 */
export async function findReplacedSession(c: Context<AppEnv>, tokensIn: TokenPlace): Promise<string | null> {
  if (tokensIn === 'body') return null
  const { keys } = c.var
  const { refresh, access } = getAuthCookies(c)
  if (refresh !== undefined) return (await readRefreshToken(keys, refresh))?.sessionId ?? null
  // The browser sends the refresh token to /api/v1/auth alone. Console pages get only the access token.
  if (access === undefined) return null
  return (await verifyAccessToken(keys, access, { now: Date.now(), acceptExpired: true }))?.sessionId ?? null
}
