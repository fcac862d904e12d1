import { createLocalJWKSet, decodeJwt, errors, type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose'
import type { AuthorizationServer } from 'oauth4webapi'
import * as z from 'zod'
import { HOUR_MS, SECOND_MS } from '../../lib/time'
import type { Client, IdTokenReader } from './provider'
import { readDocument } from './provider-documents'
import { ProviderFault } from './provider-fault'

/** The clocks of providers and ours may differ by so much. */
const CLOCK_TOLERANCE_SECONDS = 5

/** An ID token is accepted for so long after it was made, even if it says that it lives longer. */
export const MAX_AGE_SECONDS = HOUR_MS / SECOND_MS

/** Longer ones are not looked at. */
const MAX_ID_TOKEN = 8192

/** A claim that we can do without. One of another type is as good as none. */
const maybe = z.string().optional().catch(undefined)

const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string().min(1).max(255),
  iat: z.number(),
  exp: z.number(),
  nonce: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  azp: maybe,
  email: maybe,
  email_verified: z.unknown().optional(),
  name: maybe,
  nickname: maybe,
  preferred_username: maybe,
  /** Google: the domain of the organisation. */
  hd: maybe,
  /** Microsoft: the tenant, the person's object id there, where a guest's account is, and whether the address is verified. */
  tid: maybe,
  oid: maybe,
  idp: z.unknown().optional(),
  xms_edov: z.unknown().optional(),
})

export type Claims = z.output<typeof claimsSchema>

/** Whether a claim says yes. Some providers write booleans as text or as a number. */
export const isTrue = (claim: unknown): boolean => claim === true || claim === 'true' || claim === 1 || claim === '1'

const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

const keysSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string(), issuer: maybe })) })

/** Microsoft names the issuer whose tokens a key may sign; `{tenantid}` stands for every tenant. */
const maySign = ({ issuer }: { issuer?: string | undefined }, { iss, tid }: JWTPayload): boolean =>
  issuer === undefined || issuer.replace('{tenantid}', () => String(tid)) === iss

/** An ID token, and what it is verified with. */
export interface IdTokenToVerify {
  idToken: string
  audience: string[]
  /** The client secret, for providers that sign with it. */
  secret: Client['secret']
  /** Whether an app got it, and not we for a code. */
  isNative: boolean
  now: number
}

/**
 * The claims of an ID token whose signature, issuer, audience and times are right (OpenID Connect Core 3.1.3.7). ID tokens have no type
 * of their own, but no token that names another type passes as one (RFC 8725 3.11). The caller compares the nonce.
 * @throws {ProviderFault} if it is not valid
 * @throws {AppError} `provider_unavailable`, `provider_failed` if the keys of the provider cannot be read
 */
export async function verifyIdToken(
  reader: IdTokenReader,
  server: AuthorizationServer,
  { idToken, audience, secret, isNative, now }: IdTokenToVerify,
): Promise<Claims> {
  if (idToken.length > MAX_ID_TOKEN) throw new ProviderFault('ID token too long')
  const listed = (isNative ? reader.nativeAlgorithms : undefined) ?? reader.algorithms
  const discovered = server.id_token_signing_alg_values_supported?.filter((name) => ASYMMETRIC.includes(name))
  const algorithms = listed ?? discovered ?? ['RS256']
  try {
    const { payload, protectedHeader } = await jwtVerify(
      idToken,
      (header) => findKey(header, { idToken, server, secret }),
      {
        algorithms: [...algorithms],
        audience,
        maxTokenAge: MAX_AGE_SECONDS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp', 'iat', 'sub', 'nonce'],
        currentDate: new Date(now),
      },
    )
    if (/\+jwt$/i.test(protectedHeader.typ ?? '')) throw new ProviderFault('token of another type')
    const claims = claimsSchema.safeParse(payload).data
    if (!claims) throw new ProviderFault('claims of another type')
    if (!isForUs(claims, audience)) throw new ProviderFault('ID token for another party')
    if (claims.iss !== (reader.issuerOf ? reader.issuerOf(claims) : server.issuer))
      throw new ProviderFault('ID token of another issuer')
    return claims
  } catch (error) {
    if (error instanceof errors.JWTClaimValidationFailed)
      throw new ProviderFault(`${error.code} ${error.claim}`, { cause: error })
    if (error instanceof errors.JOSEError) throw new ProviderFault(error.code, { cause: error })
    throw error
  }
}

/** A token for several parties must name one of ours as the one that asked for it (OpenID Connect Core 3.1.3.7, 4 and 5). */
const isForUs = ({ aud, azp }: Claims, audience: string[]): boolean =>
  !Array.isArray(aud) || aud.length === 1 || (azp !== undefined && audience.includes(azp))

/**
 * The key that a token names. The claims are not verified yet, but the key that is found has to fit them.
 */
async function findKey(
  header: JWTHeaderParameters,
  { idToken, server: { jwks_uri }, secret }: { idToken: string; server: AuthorizationServer; secret: Client['secret'] },
) {
  if (header.alg === 'HS256' && typeof secret === 'string') return new TextEncoder().encode(secret)
  const keys = await readPublicKeys(header, String(jwks_uri))
  const claims = decodeJwt(idToken)
  try {
    return await createLocalJWKSet({ keys: keys.filter((key) => maySign(key, claims)) })(header)
  } catch (error) {
    throw error instanceof errors.JOSEError ? error : new ProviderFault('unusable key', { cause: error })
  }
}

/** The public keys at a URL. They are read again if the key that a token names is not among them, because keys change. */
export async function readPublicKeys(
  { kid }: JWTHeaderParameters,
  url: string,
): Promise<z.output<typeof keysSchema>['keys']> {
  const isUnknown = ({ keys }: z.output<typeof keysSchema>) =>
    kid !== undefined && !keys.some((key) => key['kid'] === kid)
  return (await readDocument(url, keysSchema, isUnknown)).keys
}
