import type { Context } from 'hono'
import { AppError } from '../errors'

const BEARER = /^Bearer(?=[ \t]|$)/i

/**
 * The bearer token of a request (RFC 6750 2.1): empty if it is malformed. Undefined if there is none, or if the header has another
 * scheme or no scheme. Those are not ours: a proxy or a staging site asks for Basic, a company network for Negotiate.
 */
export function readBearerToken(c: Context): string | undefined {
  const header = c.req.header('Authorization')
  if (header === undefined || !BEARER.test(header)) return undefined
  return /^Bearer +(\S+)$/i.exec(header)?.[1] ?? ''
}

/** A 401. Its challenge names an error only if the client has sent a token (RFC 6750 3). */
export const unauthenticated = (token: string | undefined): AppError =>
  new AppError(
    'unauthenticated',
    token === undefined ? { headers: { 'WWW-Authenticate': 'Bearer realm="latchkey"' } } : {},
  )
