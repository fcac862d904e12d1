import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import type { KeySet, Keys } from './keys'
import { isMacSpelling } from './lib/mac'
import { CLOCK_DIFFERENCE_MS, SECOND_MS } from './lib/time'

/** Ours have less than half of this. */
const MAX_TOKEN_LENGTH = 2000

export interface JwtExpectations extends Omit<JWTVerifyOptions, 'algorithms' | 'clockTolerance' | 'currentDate'> {
  /** Which key of a set signed the token. */
  key: keyof Pick<KeySet, 'accessToken' | 'verification'>
  /** The media type in the header of the token, which tells one kind of token from another (RFC 8725 3.11). */
  typ: string
  issuer: string
  /** How long after its `iat` a token is valid (s), whatever its `exp` says. */
  maxTokenAge: number
  /** In ms since 1970. */
  now: number
  /** Whether an expired token that is otherwise valid is accepted. */
  acceptExpired?: boolean
}

/**
 * The claims of a JWT that one of our secrets signed with HS256; null if it is not valid (RFC 8725). Only one spelling of a
 * token is accepted, although base64url alone would ignore padding and the last two bits of the signature's last character.
 */
export async function verifyJwt(
  keys: Keys,
  token: string,
  { key, now, maxTokenAge, acceptExpired = false, ...options }: JwtExpectations,
): Promise<JWTPayload | null> {
  if (token.length > MAX_TOKEN_LENGTH || !isMacSpelling(token.slice(token.lastIndexOf('.') + 1))) return null
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        const set = keys.all.find((candidate) => candidate.kid === kid)
        if (!set) throw new errors.JWKSNoMatchingKey()
        return set[key]
      },
      {
        ...options,
        maxTokenAge,
        clockTolerance: CLOCK_DIFFERENCE_MS / SECOND_MS,
        algorithms: ['HS256'],
        currentDate: new Date(now),
      },
    )
    return acceptExpired || isWithinLife(payload, maxTokenAge, now) ? payload : null
  } catch (error) {
    // jose throws this only after the signature and all other claims were right.
    if (acceptExpired && error instanceof errors.JWTExpired) return error.payload
    if (error instanceof errors.JOSEError) return null
    throw error
  }
}

/** jose tolerates the difference of the clocks at both ends of a token's life. We tolerate it at the beginning only. */
function isWithinLife({ iat = 0, exp = 0 }: JWTPayload, maxTokenAge: number, now: number): boolean {
  const seconds = Math.floor(now / SECOND_MS)
  return seconds < exp && seconds - iat <= maxTokenAge
}
