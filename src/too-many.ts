import { AppError } from './errors'
import { MINUTE_MS, SECOND_MS } from './lib/time'
import { type Limit, type LimitName, limits } from './limits'

/**
 * The 429 of a limit. Its headers say when to come back, in whole seconds and at least one (RFC 9110 10.2.3), and which limit
 * it was (draft-ietf-httpapi-ratelimit-headers-10).
 */
export function tooMany(name: LimitName, retryAfterMs: number): AppError {
  return refusal(limits[name].errorCode, { name, ...limits[name] }, Math.ceil(retryAfterMs / SECOND_MS))
}

/**
 * The 429 of a code that is not sent. It says when to come back in whole minutes, and not which limit it was. Otherwise a stranger
 * could read from it that somebody has just asked for a code for this recipient.
 */
export function tooManyCodes(retryAfterMs: number): AppError {
  const minutes = Math.ceil(retryAfterMs / MINUTE_MS)
  return refusal('too_many_codes', { name: 'codes', ...limits.code_recipient_day }, minutes * (MINUTE_MS / SECOND_MS))
}

function refusal(
  errorCode: NonNullable<Limit['errorCode']>,
  { name, quota, windowMs }: { name: string; quota: number; windowMs: number },
  retryAfter: number,
): AppError {
  const seconds = Math.max(1, retryAfter)
  return new AppError(errorCode, {
    limit: name,
    headers: {
      'Retry-After': String(seconds),
      'RateLimit-Policy': `"${name}";q=${quota};w=${windowMs / SECOND_MS}`,
      RateLimit: `"${name}";r=0;t=${seconds}`,
    },
  })
}
