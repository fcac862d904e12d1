import { SignJWT } from 'jose'
import * as z from 'zod'
import { verifyJwt } from '../jwt'
import type { Keys } from '../keys'
import { mac, verifyMac } from '../lib/mac'
import { namedGroups } from '../lib/named-groups'
import { CLOCK_DIFFERENCE_MS, MINUTE_MS, SECOND_MS } from '../lib/time'
import { uuidv7Time } from '../lib/uuid'
import type { Caller } from './sessions'

export const ACCESS_TOKEN_LIFE_MS = 10 * MINUTE_MS

const ISSUER = 'latchkey'
const AUDIENCE = 'latchkey-api'
/** RFC 9068: no other kind of JWT has this type. */
const TYPE = 'at+jwt'

const claimsSchema = z.object({
  sub: z.uuidv7(),
  sid: z.uuidv7(),
  jti: z.uuid(),
  iat: z.number(),
  exp: z.number(),
  set_up_only: z.literal(true).optional(),
})

/**
 * Signs an access token. It is valid for 10 minutes from `now` (ms), or until the session ends if that comes first.
 * @returns the compact JWS and how many seconds it lives
 */
export async function signAccessToken(
  keys: Keys,
  {
    sessionId,
    userId,
    sessionEndsAt,
    isSetUpOnly = false,
    now,
  }: { sessionId: string; userId: string; sessionEndsAt: number; isSetUpOnly?: boolean; now: number },
): Promise<{ token: string; expiresIn: number }> {
  const issuedAt = Math.floor(now / SECOND_MS)
  const expiresAt = Math.floor(Math.min(now + ACCESS_TOKEN_LIFE_MS, sessionEndsAt) / SECOND_MS)
  const token = await new SignJWT({ sid: sessionId, ...(isSetUpOnly && { set_up_only: true }) })
    .setProtectedHeader({ alg: 'HS256', typ: TYPE, kid: keys.current.kid })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(userId)
    .setJti(crypto.randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(keys.current.accessToken)
  return { token, expiresIn: expiresAt - issuedAt }
}

/** Whose token was verified, and from when until when it is valid (seconds since 1970). */
interface VerifiedToken {
  caller: Caller
  from: number
  until: number
}

/** How many verified tokens an isolate remembers. */
export const REMEMBERED_TOKENS = 1000

/**
 * The verified tokens, by the keys that verified them. A client sends the same token for ten minutes, so most are verified once. Invalid
 * tokens are not remembered.
 */
const remembered = new WeakMap<Keys, Map<string, VerifiedToken>>()

/**
 * Whose access token this is, or null if it is not valid. Algorithm, type, issuer and audience are pinned, and every claim is
 * required and typed (RFC 8725 3.1–3.11). Ten minutes after its `iat` a token is invalid, whatever its `exp` says.
 * @param acceptExpired also accepts an expired token that is otherwise valid; for log-out only
 */
export async function verifyAccessToken(
  keys: Keys,
  token: string,
  { now, acceptExpired = false }: { now: number; acceptExpired?: boolean },
): Promise<Caller | null> {
  const tokens = remembered.get(keys) ?? new Map<string, VerifiedToken>()
  const known = tokens.get(token)
  const seconds = Math.floor(now / SECOND_MS)
  if (known && known.from <= seconds && seconds < known.until) return known.caller
  const payload = await verifyJwt(keys, token, {
    key: 'accessToken',
    typ: TYPE,
    issuer: ISSUER,
    audience: AUDIENCE,
    requiredClaims: ['sub', 'sid', 'iat', 'exp', 'jti'],
    maxTokenAge: ACCESS_TOKEN_LIFE_MS / SECOND_MS,
    now,
    acceptExpired,
  })
  const claims = claimsSchema.safeParse(payload).data
  if (!claims) return null
  const { sub: userId, sid: sessionId, iat, exp, set_up_only: isSetUpOnly } = claims
  const caller = { sessionId, userId, authenticatedAt: uuidv7Time(sessionId), ...(isSetUpOnly && { isSetUpOnly }) }
  if (!acceptExpired) {
    const until = Math.min(exp, iat + ACCESS_TOKEN_LIFE_MS / SECOND_MS)
    const from = iat - CLOCK_DIFFERENCE_MS / SECOND_MS
    remembered.set(keys, tokens.set(token, { caller, from, until }))
    const [oldest] = tokens.keys()
    if (tokens.size > REMEMBERED_TOKENS && oldest !== undefined) tokens.delete(oldest)
  }
  return caller
}

/**
 * The refresh token of a session's generation: `sid.generation.MAC(sid, generation)`. It is the same every time, so no secret is
 * stored, and an answer that got lost can be given again.
 */
export const signRefreshToken = async (keys: Keys, sessionId: string, generation: number): Promise<string> =>
  `${sessionId}.${generation}.${await mac(keys.current.refreshToken, `${sessionId}.${generation}`)}`

const REFRESH_TOKEN = /^(?<sessionId>[0-9a-f-]{36})\.(?<generation>0|[1-9]\d{0,8})\.(?<tag>[\w-]{43})$/

/** What a refresh token says. */
export interface RefreshToken {
  sessionId: string
  generation: number
}

/** What a refresh token says, if it is one of ours. D1 decides whether it still works. */
export async function readRefreshToken(keys: Keys, token: string): Promise<RefreshToken | null> {
  const { sessionId, generation, tag } = namedGroups(REFRESH_TOKEN, token)
  if (sessionId === undefined || generation === undefined || tag === undefined) return null
  for (const set of keys.all) {
    if (await verifyMac(set.refreshToken, `${sessionId}.${generation}`, tag)) {
      return { sessionId, generation: Number(generation) }
    }
  }
  return null
}
