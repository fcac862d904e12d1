import { base64url } from 'jose'
import type { Config } from './config'

/** The keys of one AUTH_SECRET. Each use has its own key, so that one kind of token is never accepted as another. */
export interface KeySet {
  /** Names the secret in the header of a token, without telling anything about it. */
  kid: string
  accessToken: CryptoKey
  refreshToken: CryptoKey
  cursor: CryptoKey
  throttle: CryptoKey
  otp: CryptoKey
  /** For MACs of contacts and addresses, so that limits can count them without storing them. */
  recipient: CryptoKey
  verification: CryptoKey
  /** For MACs of the tokens in the links of notices. */
  link: CryptoKey
  /** For MACs of the tokens in the links of calendar feeds. */
  calendarFeed: CryptoKey
  /** Encrypts the bookmarks of D1. They go up with every write, so a plain one would show how much other people write. */
  bookmark: CryptoKey
  /** Seals log-ins that are pending at a provider, and identities that were proven there. */
  social: CryptoKey
  /** Seals the challenges that passkeys answer. */
  challenge: CryptoKey
  /** Seals the tokens of known devices, so that they are opaque to their holders. */
  device: CryptoKey
  /** Seals the secrets of authenticator apps. Their rows name the key. */
  totp: CryptoKey
  /** Seals log-ins that wait for a second factor. */
  secondFactor: CryptoKey
}

/** `current` signs. `all` verify (at most two), so that a rotation of the secret logs nobody out. */
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
  const sealing = { name: 'AES-GCM', length: 256 }
  const macKey = (label: string) => crypto.subtle.deriveKey(hkdf(label), root, hmac, false, ['sign', 'verify'])
  const sealingKey = (label: string) =>
    crypto.subtle.deriveKey(hkdf(label), root, sealing, false, ['encrypt', 'decrypt'])
  return {
    kid: base64url.encode(new Uint8Array(await crypto.subtle.deriveBits(hkdf('kid'), root, 64))),
    accessToken: await macKey('access-token'),
    refreshToken: await macKey('refresh-token'),
    cursor: await macKey('cursor'),
    throttle: await macKey('throttle'),
    otp: await macKey('otp'),
    recipient: await macKey('recipient'),
    verification: await macKey('verification'),
    link: await macKey('link'),
    calendarFeed: await macKey('calendar-feed'),
    bookmark: await sealingKey('bookmark'),
    social: await sealingKey('social'),
    challenge: await sealingKey('challenge'),
    device: await sealingKey('device'),
    totp: await sealingKey('totp'),
    secondFactor: await sealingKey('second-factor'),
  }
}

async function deriveAll({ AUTH_SECRET, AUTH_SECRET_PREVIOUS }: Config): Promise<Keys> {
  const current = await deriveKeySet(AUTH_SECRET)
  if (AUTH_SECRET_PREVIOUS === undefined) return { current, all: [current] }
  return { current, all: [current, await deriveKeySet(AUTH_SECRET_PREVIOUS)] }
}

/** Only finished keys: a request must not wait for a promise that another request made. */
const derived = new WeakMap<Config, Keys>()

/** All keys, derived by HKDF (RFC 5869) with a label for each. An isolate keeps them. */
export async function deriveKeys(config: Config): Promise<Keys> {
  const known = derived.get(config)
  if (known) return known
  const keys = await deriveAll(config)
  derived.set(config, keys)
  return keys
}
