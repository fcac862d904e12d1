import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { AppEnv, Caller } from '../context'
import { AppError } from '../errors'
import { isSafe } from '../http/methods'
import { traceOf } from '../http/trace'
import type { Keys } from '../keys'
import type { SessionAnswer } from '../log-in/schemas'
import { getAuthCookies } from './cookies'
import { readSession } from './session-copy'
import { verifyAccessToken } from './token'

export interface UserEnv {
  Variables: {
    caller: Caller
    /** On safe methods: the session, being read beside the handler. */
    session: Promise<SessionAnswer | null>
  }
}

/** The access token of a request: the one in `Authorization` (its scheme in any case) or the one in the cookie. */
export function readAccessToken(c: Context): string | undefined {
  const header = c.req.header('Authorization')
  const cookie = getAuthCookies(c).access
  if (header === undefined) return cookie
  if (cookie !== undefined) throw new AppError('ambiguous_credentials')
  return /^Bearer +(\S+)$/i.exec(header)?.[1] ?? ''
}

/**
 * Whose access token a request carries.
 * @throws {AppError} `unauthenticated`, or `ambiguous_credentials`
 */
export async function authenticate(c: Context, keys: Keys): Promise<Caller> {
  const token = readAccessToken(c)
  const caller = token === undefined ? null : await verifyAccessToken(keys, token, { now: Date.now() })
  if (!caller) throw unauthenticated(token)
  traceOf(c.req.raw).userId = caller.userId
  return caller
}

/** Lets through who has a valid access token, and sets `caller`: whether the session lives, the handler asks D1 (`writeAs`). */
export const requireCaller = createMiddleware<AppEnv>(async (c, next) => {
  c.set('caller', await authenticate(c, c.var.keys))
  await next()
})

/**
 * Lets through who has a valid access token, and sets `caller`. On safe methods the session is looked up beside the handler,
 * and only its failure replaces the answer. On all others nothing is asked here: the write itself asks D1, in its own
 * transaction (`writeAs`), which is both sooner and surer than asking first.
 */
export const requireUser = createMiddleware<AppEnv & UserEnv>(async (c, next) => {
  const caller = await authenticate(c, c.var.keys)
  c.set('caller', caller)
  if (!isSafe(c.req.method)) return next()

  const session = readSession(c.var, caller, Date.now())
  c.set('session', session)
  const verdict = session.then(
    (alive) => (alive ? null : new AppError('unauthenticated')),
    (error: unknown) => error,
  )
  await next()
  const refusal = await verdict
  // What the handler itself met with has been answered.
  if (refusal !== null && refusal !== c.error) {
    // Hono would carry the headers of the answer over into the refusal.
    c.res = undefined
    throw refusal
  }
})

const unauthenticated = (token: string | undefined): AppError =>
  new AppError(
    'unauthenticated',
    token === undefined ? { headers: { 'WWW-Authenticate': 'Bearer realm="latchkey"' } } : {},
  )
