import { createLocalJWKSet, errors, type JWTHeaderParameters, jwtVerify } from 'jose'
import * as z from 'zod'
import { AppError } from '../errors'
import { DAY_MS, SECOND_MS } from '../lib/time'
import { readPublicKeys } from '../log-in/social/id-token'

/** The application of Cloudflare Access that covers the operators' routes. */
export interface AccessApplication {
  /** Such as `team.cloudflareaccess.com`. */
  teamDomain: string
  audience: string
}

/** The clocks of Cloudflare's machines may differ by so much (s). */
const CLOCK_TOLERANCE = 5

/** The longest session that Access lets one set. */
const MAX_AGE_SECONDS = (31 * DAY_MS) / SECOND_MS

/** Longer ones are not looked at. */
const MAX_TOKEN = 8192

const name = z.string().min(1).max(254)

/** People have an address, and service tokens a common name. Tokens of the whole team have the type `org`. */
const claimsSchema = z.union([
  z.object({ type: z.literal('app'), email: name }).transform(({ email }) => email),
  z.object({ type: z.literal('app'), common_name: name }).transform(({ common_name }) => common_name),
])

/** The key of the team that a token names. Cloudflare changes it every six weeks. */
async function findKey(header: JWTHeaderParameters, issuer: string): Promise<CryptoKey> {
  const keys = await readPublicKeys(header, `${issuer}/cdn-cgi/access/certs`)
  return createLocalJWKSet({ keys })(header)
}

/**
 * Whom Cloudflare Access let in, by the token that it adds to a request
 * (https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/).
 * @returns the e-mail address, or the common name of a service token; null if the token is not valid
 * @throws {AppError} `unavailable` if the team's keys cannot be read
 */
export async function readAccessJwt(
  token: string,
  { teamDomain, audience }: AccessApplication,
  now: number,
): Promise<string | null> {
  if (token.length > MAX_TOKEN) return null
  const issuer = `https://${teamDomain}`
  try {
    const { payload } = await jwtVerify(token, (header) => findKey(header, issuer), {
      algorithms: ['RS256'],
      issuer,
      audience,
      maxTokenAge: MAX_AGE_SECONDS,
      clockTolerance: CLOCK_TOLERANCE,
      requiredClaims: ['exp', 'iat'],
      currentDate: new Date(now),
    })
    return claimsSchema.safeParse(payload).data ?? null
  } catch (error) {
    // jose throws a TypeError for a key that cannot have the algorithm.
    if (error instanceof errors.JOSEError || error instanceof TypeError) return null
    throw error instanceof AppError ? new AppError('unavailable', { cause: error }) : error
  }
}
