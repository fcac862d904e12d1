import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server'
import { isoCBOR, verifySignature } from '@simplewebauthn/server/helpers'
import { base64url } from 'jose'
import * as z from 'zod'
import { AppError } from '../../errors'
import type { PasskeyRow } from '../../users/passkeys'
import type { RelyingParty } from './relying-party'
import type { LogInResponse, RegistrationResponse } from './schemas'
import { userHandleOf } from './user-handle'

/*
 * THE check of what authenticators answer (WebAuthn 7.1 and 7.2), by @simplewebauthn/server. Whatever is wrong with an answer is the same
 * error: `invalid_passkey`.
 */

/** Of a COSE_Key (RFC 9052 7, RFC 9053 7, RFC 8230 4): its type, its algorithm, and its curve; or, of RSA, its numbers. */
const KEY = { type: 1, algorithm: 3, curve: -1, modulus: -1, exponent: -2 }
const OKP = 1
const RSA = 3

/**
 * The algorithms that we take, by their numbers at IANA, and what a key of each must be. A key that says one thing and is another would
 * be verified as whatever it is.
 */
const ALGORITHMS = new Map<number, { type: number; curve?: number }>([
  // ES256 with P-256, EdDSA with Ed25519, RS256 (RFC 9053 2.1 and 2.2, RFC 8812 2).
  [-7, { type: 2, curve: 1 }],
  [-8, { type: OKP, curve: 6 }],
  [-257, { type: RSA }],
])

export const ALGORITHM_IDS = [...ALGORITHMS.keys()]

/** An RSA key of 4096 bits has about 530 bytes. A larger one would only cost time, each time. */
const MAX_KEY_BYTES = 600

/** What the browser says about its answer (WebAuthn 5.8.1). The authenticator signs it. */
const clientDataSchema = z.object({
  challenge: z.string(),
  crossOrigin: z.literal(false).optional(),
  topOrigin: z.undefined().optional(),
})

/**
 * The challenge that an answer is to, before anything is verified. Pages of another site must not show ours in a frame, so an answer that
 * was given in one is refused.
 * @throws {AppError} `invalid_passkey`
 */
export function challengeOf({ response }: RegistrationResponse | LogInResponse): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(
      base64url.decode(response.clientDataJSON),
    )
    return clientDataSchema.parse(JSON.parse(text)).challenge
  } catch {
    throw new AppError('invalid_passkey')
  }
}

/** What an authenticator says of a new passkey. */
export type NewPasskey = Pick<
  PasskeyRow,
  'credentialId' | 'publicKey' | 'counter' | 'isBackupEligible' | 'isBackedUp' | 'aaguid'
>

/**
 * Verifies the answer to a registration.
 * @throws {AppError} `invalid_passkey`
 */
export async function verifyRegistration(
  answer: RegistrationResponse,
  { id, origins }: RelyingParty,
  challenge: string,
): Promise<NewPasskey> {
  const { clientDataJSON, attestationObject } = answer.response
  const { registrationInfo: info } = await orRefuse(() =>
    verifyRegistrationResponse({
      response: { ...credentialOf(answer), response: { clientDataJSON, attestationObject } },
      expectedChallenge: challenge,
      expectedOrigin: origins,
      expectedRPID: id,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHM_IDS,
    }),
  )
  if (!info || info.credential.id !== answer.id || !(await orRefuse(() => isGoodKey(info.credential.publicKey)))) {
    throw new AppError('invalid_passkey')
  }
  return {
    credentialId: info.credential.id,
    publicKey: base64url.encode(info.credential.publicKey),
    counter: info.credential.counter,
    isBackupEligible: info.credentialDeviceType === 'multiDevice',
    isBackedUp: info.credentialBackedUp,
    aaguid: info.aaguid,
  }
}

/** What both kinds of answers have, and no other members that a browser may have added. */
const credentialOf = ({ id, rawId, type }: RegistrationResponse | LogInResponse) => ({
  id,
  rawId,
  type,
  clientExtensionResults: {},
})

/** What a new key must be: of its algorithm, not too large, and one that signatures can be verified with. */
async function isGoodKey(publicKey: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const key = isoCBOR.decodeFirst<Map<number, unknown>>(publicKey)
  const expected = ALGORITHMS.get(Number(key.get(KEY.algorithm)))
  if (!expected || publicKey.byteLength > MAX_KEY_BYTES) return false
  const isCurve = expected.curve === undefined || key.get(KEY.curve) === expected.curve
  if (key.get(KEY.type) !== expected.type || !isCurve) return false
  if (expected.type === RSA && !isStrongRsa(key.get(KEY.modulus), key.get(KEY.exponent))) return false
  // Somebody may have no other way to log in. A key that cannot be used throws here, and not only at the log-in.
  const signature = expected.type === OKP ? new Uint8Array(64) : TWO_ONES
  await verifySignature({ credentialPublicKey: publicKey, signature, data: TWO_ONES })
  return true
}

/** 2048 bits, and the exponent that everybody takes (NIST SP 800-57 part 1, 5.6.1; FIPS 186-5, 5.1). */
const isStrongRsa = (modulus: unknown, exponent: unknown): boolean =>
  modulus instanceof Uint8Array && modulus.length >= 256 && String(exponent) === '1,0,1'

/** A signature of ECDSA by nobody: 1 and 1, in DER. */
const TWO_ONES = new Uint8Array([0x30, 6, 2, 1, 1, 2, 1, 1])

/** What an authenticator says of a passkey when it is used. */
export type UsedPasskey = Pick<PasskeyRow, 'counter' | 'isBackupEligible' | 'isBackedUp'>

/**
 * Verifies the answer to a log-in by this passkey. The counter may have gone back: `hasGoneBack`.
 * @throws {AppError} `invalid_passkey`
 */
export async function verifyLogIn(
  answer: LogInResponse,
  { id, origins }: RelyingParty,
  { challenge, passkey }: { challenge: string; passkey: PasskeyRow },
): Promise<UsedPasskey> {
  const { userHandle, clientDataJSON, authenticatorData, signature } = answer.response
  if (userHandle !== userHandleOf(passkey.userId)) throw new AppError('invalid_passkey')
  const { verified, authenticationInfo: info } = await orRefuse(() =>
    verifyAuthenticationResponse({
      response: { ...credentialOf(answer), response: { clientDataJSON, authenticatorData, signature } },
      expectedChallenge: challenge,
      expectedOrigin: origins,
      expectedRPID: id,
      requireUserVerification: true,
      // With the counter that we have, the library would lock its owner out. Zero is never too high.
      credential: { id: passkey.credentialId, publicKey: keyOf(passkey), counter: 0 },
    }),
  )
  if (!verified) throw new AppError('invalid_passkey')
  return {
    counter: info.newCounter,
    isBackupEligible: info.credentialDeviceType === 'multiDevice',
    isBackedUp: info.credentialBackedUp,
  }
}

const keyOf = ({ publicKey }: PasskeyRow): Uint8Array<ArrayBuffer> => new Uint8Array(base64url.decode(publicKey))

/** Whether an authenticator that counts has counted backwards, or not at all (WebAuthn 6.1.1): somebody may have copied the passkey. */
export const hasGoneBack = (before: Pick<PasskeyRow, 'counter'>, used: UsedPasskey): boolean =>
  (before.counter > 0 || used.counter > 0) && used.counter <= before.counter

/** The library throws at whatever is wrong. */
async function orRefuse<Result>(verify: () => Promise<Result>): Promise<Result> {
  try {
    return await verify()
  } catch {
    throw new AppError('invalid_passkey')
  }
}
