import { createRoute } from '@hono/zod-openapi'
import { eq, inArray } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../context'
import { batchNamed } from '../db/batch-named'
import { AppError } from '../errors'
import { clientInfo } from '../http/client-info'
import { idempotencyKeyHeader, readIdempotencyKey } from '../http/idempotency-key'
import { empty, json, openProblems, optionalJsonBody, problem, readProblems, signedIn } from '../http/openapi'
import { createRouter } from '../http/router'
import { traceOf } from '../http/trace'
import { contactsOf, notify } from '../notices/notify'
import { clearBrowser, getAuthCookies, removeAuthCookies, removeDeviceCookie } from './cookies'
import { endSessions } from './end-sessions'
import { issueTokens } from './issue-tokens'
import { readAccessToken, requireSession } from './require-user'
import { type Rotation, rotateSession } from './rotate-session'
import { readMarks } from './same-client'
import { logInAnswerSchema, logOutSchema, refreshSchema, sessionAnswerSchema } from './schemas'
import { forgetCopies, forgetIfLost, keepCopy } from './session-copy'
import { mustSetUp } from './set-up-only'
import { sessions } from './tables'
import { type RefreshToken, readRefreshToken, verifyAccessToken } from './token'

const { 429: _, ...unlimitedProblems } = openProblems

const getSession = createRoute({
  method: 'get',
  path: '/session',
  operationId: 'getSession',
  tags: ['Session'],
  summary: 'Your session and your profile',
  description: 'Answered near the client from the access token and KV; up to 60 s old.',
  security: signedIn,
  middleware: requireSession,
  responses: { 200: json(sessionAnswerSchema, 'The session and its user'), ...readProblems },
})

const refresh = createRoute({
  method: 'post',
  path: '/refresh',
  operationId: 'refresh',
  tags: ['Session'],
  summary: 'Trade the refresh token for its successor and a new access token',
  description:
    'For 10 s the previous refresh token gets the same successor. Later it still does while nobody has traded that successor, if the same client asks again: with the `Idempotency-Key` of its first try or, with cookies, with the cookie of its device; three times in the life of a session. Otherwise the session ends, because somebody may have copied the token.',
  security: [{ refreshCookie: [] }, {}],
  parameters: [
    idempotencyKeyHeader(
      'Make a new random one for each refresh, and keep it until you have the answer. If that got lost, the same request gets it again.',
    ),
  ],
  request: { body: optionalJsonBody(refreshSchema) },
  responses: {
    200: json(logInAnswerSchema, 'The session goes on'),
    ...unlimitedProblems,
    400: problem('malformed_json', 'ambiguous_credentials'),
    401: problem('invalid_refresh_token'),
  },
})

const logOut = createRoute({
  method: 'post',
  path: '/log-out',
  operationId: 'logOut',
  tags: ['Session'],
  summary: 'End this session',
  description:
    'Takes the access token, expired or not, or the refresh token. An invalid token is no error (as in RFC 7009). The device stays known unless `forgetDevice` is true.',
  security: [{ cookie: [] }, { bearer: [] }, { refreshCookie: [] }, {}],
  request: { body: optionalJsonBody(logOutSchema) },
  responses: {
    204: empty('There is no such session any more, and both cookies are cleared'),
    ...unlimitedProblems,
    400: problem('malformed_json', 'ambiguous_credentials'),
  },
})

export const sessionRoutes = createRouter()
  .openapi(getSession, async (c) => {
    const session = await c.var.session
    if (!session) throw new AppError('unauthenticated')
    return c.json(session, 200)
  })
  .openapi(refresh, async (c) => {
    const { refreshToken: fromBody, tokens } = c.req.valid('json')
    const fromCookie = getAuthCookies(c).refresh
    if (fromBody !== undefined && fromCookie !== undefined) throw new AppError('ambiguous_credentials')
    if (fromCookie !== undefined && tokens === 'body') throw staysInCookies()

    const now = Date.now()
    const presented = {
      token: await readRefreshToken(c.var.keys, fromBody ?? fromCookie ?? ''),
      key: readIdempotencyKey(c.req.header('Idempotency-Key')),
      hasCookies: fromBody === undefined,
    }
    const rotation = await rotate(c, presented, now)
    if (rotation.kind !== 'rotated') {
      removeAuthCookies(c)
      throw new AppError('invalid_refresh_token')
    }
    const { session, user } = rotation
    traceOf(c.req.raw).userId = user.id
    const { config, db } = c.var
    const isWithout = session.secondFactorSince === null && mustSetUp(config, user, now)
    if (isWithout && rotation.hasSecondFactor && mustSetUp(config, user, session.createdAt)) {
      // It could only set one up, and somebody else did. Whoever began it may know nothing but the password.
      await batchNamed(db.repeatable(), endSessions(db, eq(sessions.id, session.id), { client: clientInfo(c), now }))
      await forgetCopies(c.var.kv, [session.id], c.var.background)
      removeAuthCookies(c)
      throw new AppError('invalid_refresh_token')
    }
    c.var.background(keepCopy(c.var.kv, session, user, now))
    const tokensIn = tokens ?? (fromBody === undefined ? 'cookie' : 'body')
    const isSetUpOnly = isWithout && !rotation.hasSecondFactor
    return c.json(await issueTokens(c, { session, user, tokensIn, isSetUpOnly, now }), 200)
  })
  .openapi(logOut, async (c) => {
    const { refreshToken, forgetDevice } = c.req.valid('json')
    const { db, keys } = c.var
    const [fromAccess, fromRefresh] = await Promise.all([
      verifyAccessToken(keys, readAccessToken(c) ?? '', { now: Date.now(), acceptExpired: true }),
      readRefreshToken(keys, refreshToken ?? getAuthCookies(c).refresh ?? ''),
    ])
    const ids = [...new Set([fromAccess?.sessionId, fromRefresh?.sessionId])].filter((id) => id !== undefined)
    // A session that has ended stays ended, so a second run does no harm.
    const ending = endSessions(db, inArray(sessions.id, ids), { client: clientInfo(c), now: Date.now() })
    await Promise.all([
      ids.length > 0 && batchNamed(db.repeatable(), ending),
      forgetCopies(c.var.kv, ids, c.var.background),
    ])
    clearBrowser(c)
    if (forgetDevice) removeDeviceCookie(c)
    return c.body(null, 204)
  })

interface Presented {
  token: RefreshToken | null
  key: string | null
  hasCookies: boolean
}

/** Trades a refresh token. If somebody used it again too late, this tells the owner and removes the session's copy. */
async function rotate(c: Context<AppEnv>, { token, key, hasCookies }: Presented, now: number): Promise<Rotation> {
  if (!token) return { kind: 'unknown' }
  const { sessionId } = token
  const marks = await readMarks(c, { sessionId, key, hasCookies })
  const rotating = rotateSession(c.var, { ...token, marks, client: clientInfo(c), now })
  const rotation = await forgetIfLost(c.var, rotating, () => [sessionId])
  if (rotation.kind === 'reused') {
    notify(c, { to: contactsOf(rotation.user), purpose: 'refresh_reused' })
    await forgetCopies(c.var.kv, [sessionId], c.var.background)
  }
  return rotation
}

/** A script of the page must never be able to read the refresh token, which the cookie hides from it. */
const staysInCookies = () =>
  new AppError('invalid_fields', {
    errors: [{ path: '/tokens', code: 'not_allowed', message: 'A session that came in cookies stays in cookies' }],
  })
