import { base64url } from 'jose'
import { AppError } from '../../errors'
import { findServer } from './discovery'
import { MAX_AGE_SECONDS, verifyIdToken } from './id-token'
import { type ProvenIdentity, toProvenIdentity } from './proven-identity'
import type { Provider } from './provider'
import { ProviderFault } from './provider-fault'
import { type IdentityProof, oneTimeToken } from './sealed-identity'

/** An ID token that an app got from the SDK of a provider, and the nonce that the app had asked for. */
export interface NativeToken {
  idToken: string
  nonce: string
  now: number
}

/**
 * What an ID token of an app proves. It must be for this deployment or one of its apps. It is spent by a hash of its claims, because one
 * token has several spellings.
 * @throws {AppError} `invalid_id_token`; `not_found` if the provider has no ID tokens; `provider_unavailable`, `provider_failed`
 */
export async function readNativeToken(
  provider: Provider,
  { idToken, nonce, now }: NativeToken,
): Promise<IdentityProof> {
  const { client, idToken: reader } = provider
  if (!reader) throw new AppError('not_found')
  const { id, nativeIds = [], secret } = client
  const server = await findServer(provider)
  const toVerify = { idToken, audience: [id, ...nativeIds], secret, isNative: true, now }
  const claims = await verifyIdToken(reader, server, toVerify).catch((error) => {
    throw error instanceof ProviderFault ? new AppError('invalid_id_token') : error
  })
  if (!(await isNonce(claims.nonce, nonce))) throw new AppError('invalid_id_token')
  const identity: ProvenIdentity = toProvenIdentity(provider.id, reader.read(claims))
  const { iss, sub, iat, exp } = claims
  const jti = await sha256(JSON.stringify([iss, sub, claims.nonce, iat, exp]), base64url.encode)
  // Some providers give tokens that live for a day. The purge takes the rows of `spent_tokens` in about the order in which they expire.
  const lastSecond = Math.ceil(Math.min(exp, iat + MAX_AGE_SECONDS))
  return { identity, token: oneTimeToken(jti, lastSecond + TOLERANCE_SECONDS) }
}

/** A token that is too old is accepted for a few seconds, and must be spent for as long. */
const TOLERANCE_SECONDS = 60

/** Apps give the provider the nonce itself, or its SHA-256 in hexadecimal (Apple). */
const isNonce = async (claim: string, nonce: string): Promise<boolean> =>
  claim === nonce || claim === (await sha256(nonce, toHex))

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const sha256 = async (message: string, encode: (bytes: Uint8Array) => string): Promise<string> =>
  encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(message))))
