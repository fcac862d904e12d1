import { base64url } from 'jose'
import type { Config } from './config'

/** The keys that one AUTH_SECRET gives. Each use has its own, so that one kind of token never passes as another. */
export interface KeySet {
  /** Names the secret in a token's header without telling anything of it. */
  kid: string
  accessToken: CryptoKey
  refreshToken: CryptoKey
  cursor: CryptoKey
  throttle: CryptoKey
  otp: CryptoKey
  /** Under it, contacts and addresses are counted without being kept. */
  recipient: CryptoKey
  verification: CryptoKey
  /** Hides D1's bookmarks: their numbers go up with each write, and so tell of other people's. */
  bookmark: CryptoKey
}

/** `current` signs; `all` (at most two) verify, so that a rotation of the secret logs nobody out. */
export interface Keys {
  current: KeySet
  all: KeySet[]
}

const utf8 = new TextEncoder()
const hkdf = (label: string) => ({
  name: 'HKDF',
  hash: 'SHA-256',
  salt: new Uint8Array(),
  info: utf8.encode(`latchkey/${label}`),
})

async function deriveKeySet(secret: string): Promise<KeySet> {
  const root = await crypto.subtle.importKey('raw', utf8.encode(secret), 'HKDF', false, ['deriveKey', 'deriveBits'])
  const hmac = { name: 'HMAC', hash: 'SHA-256', length: 256 }
  const derive = (label: string) => crypto.subtle.deriveKey(hkdf(label), root, hmac, false, ['sign', 'verify'])
  const sealing = { name: 'AES-GCM', length: 256 }
  const [kid, accessToken, refreshToken, cursor, throttle, otp, recipient, verification, bookmark] = await Promise.all([
    crypto.subtle.deriveBits(hkdf('kid'), root, 64),
    derive('access-token'),
    derive('refresh-token'),
    derive('cursor'),
    derive('throttle'),
    derive('otp'),
    derive('recipient'),
    derive('verification'),
    crypto.subtle.deriveKey(hkdf('bookmark'), root, sealing, false, ['encrypt', 'decrypt']),
  ])
  const id = base64url.encode(new Uint8Array(kid))
  return { kid: id, accessToken, refreshToken, cursor, throttle, otp, recipient, verification, bookmark }
}

async function deriveAll({ AUTH_SECRET, AUTH_SECRET_PREVIOUS }: Config): Promise<Keys> {
  const current = await deriveKeySet(AUTH_SECRET)
  if (AUTH_SECRET_PREVIOUS === undefined) return { current, all: [current] }
  return { current, all: [current, await deriveKeySet(AUTH_SECRET_PREVIOUS)] }
}

const derived = new WeakMap<Config, Promise<Keys>>()

/** All keys, derived by HKDF (RFC 5869) with a distinct label each, once per isolate. */
export function deriveKeys(config: Config): Promise<Keys> {
  const known = derived.get(config)
  if (known) return known
  const keys = deriveAll(config)
  derived.set(config, keys)
  return keys
}
