import type { Context } from 'hono'
import type { AppEnv } from '../context'
import { SECOND_MS } from '../lib/time'
import { toUser, type UserRow } from '../users/users'
import { setAuthCookies, setDeviceCookie } from './cookies'
import type { LogInAnswer, TokenPlace } from './schemas'
import { toSession } from './session-copy'
import type { SessionRow } from './sessions'
import { signAccessToken, signRefreshToken } from './token'

interface Issuing {
  session: SessionRow
  user: UserRow
  tokensIn: TokenPlace
  /** Given at a log-in. */
  deviceToken?: string
  /** Whether the session may only set up a second factor. */
  isSetUpOnly: boolean
  now: number
}

/**
 * The answer to every log-in and refresh. It gives the session's tokens in cookies or in the body, never in both. After a log-in it
 * gives the token of the device too.
 */
export async function issueTokens(
  c: Context<AppEnv>,
  { session, user, tokensIn, deviceToken, isSetUpOnly, now }: Issuing,
): Promise<LogInAnswer> {
  const [access, refreshToken] = await Promise.all([
    signAccessToken(c.var.keys, {
      sessionId: session.id,
      userId: user.id,
      sessionEndsAt: session.expiresAt,
      isSetUpOnly,
      now,
    }),
    signRefreshToken(c.var.keys, session.id, session.generation),
  ])
  const answer = { session: toSession(session), user: toUser(user) }
  if (tokensIn === 'cookie') {
    const expiresIn = Math.floor((session.expiresAt - now) / SECOND_MS)
    setAuthCookies(c, { access, refresh: { token: refreshToken, expiresIn } })
    if (deviceToken !== undefined) setDeviceCookie(c, deviceToken)
    return answer
  }
  const tokens = { accessToken: access.token, refreshToken, ...(deviceToken !== undefined && { deviceToken }) }
  return { ...answer, ...tokens, tokenType: 'Bearer', expiresIn: access.expiresIn }
}
