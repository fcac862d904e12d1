import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../context'
import { AppError } from '../errors'
import { readBearerToken, unauthenticated } from '../http/authorization'
import { traceOf } from '../http/trace'
import type { Keys } from '../keys'
import { getAuthCookies } from './cookies'
import type { SessionAnswer } from './schemas'
import { readSession } from './session-copy'
import type { Caller } from './sessions'
import { verifyAccessToken } from './token'

declare module '../context' {
  interface Variables {
    /** Set by `requireCaller` and `requireSession`. */
    caller: Caller
    /** Set by `requireSession`: the session, which is read while the handler runs. */
    session: Promise<SessionAnswer | null>
  }
}

/**
 * The access token of a request: a bearer token, or from the cookie. Generated clients know of both, and send one token in both places.
 * @throws {AppError} `ambiguous_credentials`
 */
export function readAccessToken(c: Context): string | undefined {
  const bearer = readBearerToken(c)
  const cookie = getAuthCookies(c).access
  if (bearer !== undefined && cookie !== undefined && bearer !== cookie) throw new AppError('ambiguous_credentials')
  return bearer ?? cookie
}

/**
 * Whose access token a request carries.
 * @throws {AppError} `unauthenticated`, `ambiguous_credentials`, or `second_factor_setup_required`
 */
export async function authenticate(c: Context, keys: Keys): Promise<Caller> {
  const caller = await authenticateForSetUp(c, keys)
  if (caller.isSetUpOnly) throw new AppError('second_factor_setup_required')
  return caller
}

/** The same, and the session may be one that may only set up a second factor. */
async function authenticateForSetUp(c: Context, keys: Keys): Promise<Caller> {
  const token = readAccessToken(c)
  const caller = token === undefined ? null : await verifyAccessToken(keys, token, { now: Date.now() })
  if (!caller) throw unauthenticated(token)
  traceOf(c.req.raw).userId = caller.userId
  return caller
}

/**
 * Requires a valid access token and sets `caller`. It does not ask whether the session lives. The handler asks D1: by `asCaller`, or by
 * prebuilt statements (`caller-statements.ts`).
 */
export const requireCaller = createMiddleware<AppEnv>(async (c, next) => {
  c.set('caller', await authenticate(c, c.get('keys')))
  await next()
})

/** The same, for the routes that set up a second factor. */
export const requireCallerForSetUp = createMiddleware<AppEnv>(async (c, next) => {
  c.set('caller', await authenticateForSetUp(c, c.get('keys')))
  await next()
})

/**
 * Requires a valid access token and a session that lives by its copy in KV, and sets `caller` and `session`. It is for reads of the account.
 * It looks the session up while the handler runs. If the session has ended, a 401 replaces the answer.
 */
export const requireSession = createMiddleware<AppEnv>(async (c, next) => {
  const caller = await authenticate(c, c.get('keys'))
  c.set('caller', caller)
  const session = readSession(c.var, caller, Date.now())
  c.set('session', session)
  const verdict = session.then(
    (found) => (found ? null : new AppError('unauthenticated')),
    (error: unknown) => error,
  )
  await next()
  const refusal = await verdict
  // The handler may have answered this same error already.
  if (refusal !== null && refusal !== c.error) {
    // Hono would carry the headers of the answer over into the refusal.
    c.res = undefined
    throw refusal
  }
})
