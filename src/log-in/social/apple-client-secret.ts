import { importPKCS8, SignJWT } from 'jose'
import type { Config } from '../../config'
import { AppError } from '../../errors'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../lib/time'

/** Apple takes secrets that live for up to six months. */
const LIFE_MS = HOUR_MS

const made = new WeakMap<Config, { secret: string; expiresAt: number }>()

/**
 * The client secret for Apple: a JWT that our key signs. An isolate keeps it until shortly before it expires.
 * https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret
 * @throws {AppError} `misconfigured` if the key is not one
 */
export async function appleClientSecret(config: Config): Promise<string> {
  const now = Date.now()
  const known = made.get(config)
  if (known && known.expiresAt > now + MINUTE_MS) return known.secret
  const expiresAt = now + LIFE_MS
  const { APPLE_CLIENT_ID, APPLE_TEAM_ID, APPLE_KEY_ID } = config
  const secret = await new SignJWT()
    .setProtectedHeader({ alg: 'ES256', kid: String(APPLE_KEY_ID) })
    .setIssuer(String(APPLE_TEAM_ID))
    .setSubject(String(APPLE_CLIENT_ID))
    .setAudience('https://appleid.apple.com')
    .setIssuedAt(Math.floor(now / SECOND_MS))
    .setExpirationTime(Math.floor(expiresAt / SECOND_MS))
    .sign(await importAppleKey(config))
  made.set(config, { secret, expiresAt })
  return secret
}

/** @throws {AppError} `misconfigured` */
export async function importAppleKey({ APPLE_PRIVATE_KEY }: Config): Promise<CryptoKey> {
  try {
    return await importPKCS8(String(APPLE_PRIVATE_KEY).replaceAll('\\n', '\n'), 'ES256')
  } catch {
    throw new AppError('misconfigured', { detail: 'APPLE_PRIVATE_KEY is not a key in PKCS #8 (PEM).' })
  }
}
