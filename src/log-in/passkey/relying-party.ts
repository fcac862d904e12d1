import type { Config } from '../../config'

/** Who we are to authenticators (WebAuthn 4, Relying Party). */
export interface RelyingParty {
  /** The domain that passkeys belong to. */
  id: string
  /** What may say that it asked for an answer: pages by their origin, and apps. */
  origins: string[]
}

type Settings = Pick<Config, 'ALLOWED_ORIGINS' | 'PASSKEY_APP_ORIGINS' | 'PASSKEY_RP_ID' | 'PUBLIC_ORIGIN'>

/** What authenticators show people. */
export const RP_NAME = 'Latchkey'

/** Browsers have passkeys only at https, and at `localhost`. */
const HAS_PASSKEYS = /^https:\/\/|^http:\/\/localhost(?::|$)/

/** The origins of pages that may use passkeys. */
export const pageOrigins = ({ ALLOWED_ORIGINS, PUBLIC_ORIGIN }: Settings): string[] => [
  ...new Set([PUBLIC_ORIGIN, ...ALLOWED_ORIGINS.filter((origin) => HAS_PASSKEYS.test(origin))]),
]

export const relyingPartyOf = (config: Settings): RelyingParty => ({
  id: config.PASSKEY_RP_ID ?? new URL(config.PUBLIC_ORIGIN).hostname,
  origins: [...pageOrigins(config), ...config.PASSKEY_APP_ORIGINS],
})
