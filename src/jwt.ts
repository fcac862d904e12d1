import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import type { KeySet, Keys } from './keys'
import { isMacSpelling } from './lib/mac'

/** Ours have less than half of this. */
const MAX_TOKEN_LENGTH = 2000

export interface JwtExpectations extends Omit<JWTVerifyOptions, 'algorithms' | 'currentDate'> {
  /** Which key of a set signed the token. */
  key: keyof Pick<KeySet, 'accessToken' | 'verification'>
  /** The media type in the header of the token, which tells one kind of token from another (RFC 8725 3.11). */
  typ: string
  issuer: string
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
  { key, now, acceptExpired = false, ...options }: JwtExpectations,
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
      { ...options, algorithms: ['HS256'], currentDate: new Date(now) },
    )
    return payload
  } catch (error) {
    // jose throws this only after the signature and all other claims were right.
    if (acceptExpired && error instanceof errors.JWTExpired) return error.payload
    if (error instanceof errors.JOSEError) return null
    throw error
  }
}
