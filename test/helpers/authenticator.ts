import { base64url } from 'jose'
import { bigEndian, type CborMap, concat, encodeCbor } from './cbor'
import { ORIGIN } from './client'

/*
 * An authenticator in software (WebAuthn 6), and the browser that asks it (WebAuthn 5). It answers as told, right or wrong.
 */

/** What a browser gives an authenticator, as the API answers it. */
export interface CreationOptions {
  rp: { id: string }
  user: { id: string; name: string; displayName: string }
  challenge: string
  pubKeyCredParams: { alg: number }[]
  excludeCredentials: { id: string }[]
}

export interface RequestOptions {
  rpId: string
  challenge: string
}

/** How an answer differs from a right one. */
export interface Wrong {
  origin?: string
  rpId?: string
  type?: string
  challenge?: string
  /** More members of the client data. */
  clientData?: Record<string, unknown>
  /** Of the authenticator data: user present, user verified, backup eligible, backed up. */
  flags?: Partial<Record<'up' | 'uv' | 'be' | 'bs', boolean>>
  counter?: number
  userHandle?: string | null
  /** Of a registration. */
  fmt?: string
  attStmt?: CborMap
  publicKey?: CborMap
  credentialId?: Uint8Array
  /** After the authenticator data. */
  leftover?: Uint8Array
  /** Changes the signature. */
  sign?: (signature: Uint8Array) => Uint8Array
}

export interface RegistrationAnswer {
  id: string
  rawId: string
  type: 'public-key'
  authenticatorAttachment: string
  clientExtensionResults: object
  response: { clientDataJSON: string; attestationObject: string; transports: string[] }
}

export interface LogInAnswer {
  id: string
  rawId: string
  type: 'public-key'
  authenticatorAttachment: string
  clientExtensionResults: object
  response: { clientDataJSON: string; authenticatorData: string; signature: string; userHandle?: string | null }
}

export const ES256 = -7
export const EDDSA = -8
export const RS256 = -257
type Algorithm = typeof ES256 | typeof EDDSA | typeof RS256

const parameters = {
  [ES256]: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  [EDDSA]: { name: 'Ed25519' },
  [RS256]: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
}

const utf8 = new TextEncoder()
const decode = (text = ''): Uint8Array<ArrayBuffer> => new Uint8Array(base64url.decode(text))
const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))

/** The key as COSE writes it (RFC 9053 7, RFC 8230 4). */
async function coseKey(algorithm: Algorithm, key: CryptoKey): Promise<CborMap> {
  const jwk = await crypto.subtle.exportKey('jwk', key)
  if (!('kty' in jwk)) throw new Error('A JWK has a type')
  const [x, y, n, e] = [decode(jwk.x), decode(jwk.y), decode(jwk.n), decode(jwk.e)]
  if (algorithm === ES256)
    return new Map<number, number | Uint8Array>([
      [1, 2],
      [3, algorithm],
      [-1, 1],
      [-2, x],
      [-3, y],
    ])
  if (algorithm === EDDSA)
    return new Map<number, number | Uint8Array>([
      [1, 1],
      [3, algorithm],
      [-1, 6],
      [-2, x],
    ])
  return new Map<number, number | Uint8Array>([
    [1, 3],
    [3, algorithm],
    [-1, n],
    [-2, e],
  ])
}

/** A number in DER: positive, and as short as possible. */
function derInteger(bytes: Uint8Array): Uint8Array {
  const from = bytes.findIndex((byte) => byte !== 0)
  const value = from < 0 ? new Uint8Array([0]) : bytes.slice(from)
  const content = (value[0] ?? 0) > 127 ? concat([0], value) : value
  return concat([2, content.length], content)
}

/** An ECDSA signature as authenticators write it (WebAuthn 6.5.5): WebCrypto has both numbers one after the other. */
function toDer(signature: Uint8Array): Uint8Array {
  const both = concat(derInteger(signature.slice(0, 32)), derInteger(signature.slice(32)))
  return concat([0x30, both.length], both)
}

interface Kept {
  id: Uint8Array
  keys: CryptoKeyPair
  algorithm: Algorithm
  rpId: string
  userHandle: string
  counter: number
}

export class Authenticator {
  /** The passkey that was made last. */
  passkey: Kept | undefined
  readonly aaguid: string
  /** Whether it counts how often a passkey is used. Those that are synced do not. */
  readonly counts: boolean
  readonly algorithm: Algorithm

  constructor({
    aaguid = '00000000-0000-0000-0000-000000000000',
    counts = true,
    algorithm = ES256,
  }: { aaguid?: string; counts?: boolean; algorithm?: Algorithm } = {}) {
    this.aaguid = aaguid
    this.counts = counts
    this.algorithm = algorithm
  }

  /** A copy with the same private key, as a thief may have made it. */
  copy(): Authenticator {
    const copy = new Authenticator({ aaguid: this.aaguid, counts: this.counts, algorithm: this.algorithm })
    if (this.passkey) copy.passkey = { ...this.passkey }
    return copy
  }

  /** What `navigator.credentials.create` gives, as JSON. */
  async create(options: CreationOptions, wrong: Wrong = {}): Promise<RegistrationAnswer> {
    const generated = await crypto.subtle.generateKey(parameters[this.algorithm], true, ['sign', 'verify'])
    if (!('privateKey' in generated)) throw new Error('A pair of keys')
    const id = wrong.credentialId ?? crypto.getRandomValues(new Uint8Array(16))
    this.passkey = {
      id,
      keys: generated,
      algorithm: this.algorithm,
      rpId: options.rp.id,
      userHandle: options.user.id,
      counter: this.counts ? 1 : 0,
    }
    const publicKey = wrong.publicKey ?? (await coseKey(this.algorithm, generated.publicKey))
    const aaguid = this.aaguid.replaceAll('-', '').match(/../g) ?? []
    const attested = concat(
      aaguid.map((hex) => Number.parseInt(hex, 16)),
      bigEndian(id.length, 2),
      id,
      encodeCbor(publicKey),
    )
    const authData = concat(await this.authenticatorData(wrong, true), attested, wrong.leftover ?? [])
    const attestation: CborMap = new Map<string, string | CborMap | Uint8Array>([
      ['fmt', wrong.fmt ?? 'none'],
      ['attStmt', wrong.attStmt ?? new Map()],
      ['authData', authData],
    ])
    return {
      ...this.credential(),
      response: {
        clientDataJSON: this.clientData('webauthn.create', options.challenge, wrong),
        attestationObject: base64url.encode(encodeCbor(attestation)),
        transports: ['internal', 'hybrid'],
      },
    }
  }

  /** What `navigator.credentials.get` gives, as JSON. */
  async get(options: RequestOptions, wrong: Wrong = {}): Promise<LogInAnswer> {
    const { keys, algorithm, userHandle } = this.kept()
    if (this.counts) this.kept().counter++
    const clientDataJSON = this.clientData('webauthn.get', options.challenge, wrong)
    const authData = concat(await this.authenticatorData(wrong, false), wrong.leftover ?? [])
    const signed = concat(authData, await sha256(decode(clientDataJSON)))
    const raw = new Uint8Array(await crypto.subtle.sign(parameters[algorithm], keys.privateKey, signed))
    const signature = algorithm === ES256 ? toDer(raw) : raw
    return {
      ...this.credential(),
      response: {
        clientDataJSON,
        authenticatorData: base64url.encode(authData),
        signature: base64url.encode(wrong.sign?.(signature) ?? signature),
        userHandle: wrong.userHandle === undefined ? userHandle : wrong.userHandle,
      },
    }
  }

  private kept(): Kept {
    if (!this.passkey) throw new Error('It has no passkey yet')
    return this.passkey
  }

  private credential() {
    const id = base64url.encode(this.kept().id)
    return {
      id,
      rawId: id,
      type: 'public-key' as const,
      authenticatorAttachment: 'platform',
      clientExtensionResults: {},
    }
  }

  private clientData(type: string, challenge: string, wrong: Wrong): string {
    const { origin = ORIGIN, clientData = {} } = wrong
    const data = { type: wrong.type ?? type, challenge: wrong.challenge ?? challenge, origin, crossOrigin: false }
    return base64url.encode(utf8.encode(JSON.stringify({ ...data, ...clientData })))
  }

  /** The hash of the RP ID, the flags and the counter (WebAuthn 6.1). */
  private async authenticatorData({ rpId, flags = {}, counter }: Wrong, isNew: boolean): Promise<Uint8Array> {
    const kept = this.kept()
    const { up = true, uv = true, be = !this.counts, bs = !this.counts } = flags
    const bits = Number(up) | (Number(uv) << 2) | (Number(be) << 3) | (Number(bs) << 4) | (Number(isNew) << 6)
    return concat(
      await sha256(new Uint8Array(utf8.encode(rpId ?? kept.rpId))),
      [bits],
      bigEndian(counter ?? kept.counter, 4),
    )
  }
}
