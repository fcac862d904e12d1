import type { CookieOptions } from 'hono/utils/cookie'

/* The cookies of the API. `sessions/cookies.ts` and `http/bookmark.ts` set them. */

/** The access token. `__Host-` binds a cookie to this host and to the path `/`. */
export const ACCESS_COOKIE = '__Host-access'
/** The refresh token. Browsers send it to `/api/v1/auth` only. With `__Host-`, its path would have to be `/`. */
export const REFRESH_COOKIE = '__Secure-refresh'
/** The known device: `sessions/known-device.ts`. */
export const DEVICE_COOKIE = '__Host-device'
/** Log-ins that are pending at a provider: `log-in/social/pending-log-ins.ts`. */
export const SOCIAL_COOKIE = '__Host-social'
/** An identity that waits for a proof of its address: `log-in/social/sealed-identity.ts`. */
export const IDENTITY_COOKIE = '__Host-identity'
/** Challenges that wait for a log-in by a passkey: `log-in/passkey/challenge.ts`. */
export const PASSKEY_COOKIE = '__Host-passkey'
/** A log-in that waits for its second factor: `log-in/second-factor/token.ts`. */
export const SECOND_FACTOR_COOKIE = '__Host-second-factor'
export const BOOKMARK_COOKIE = '__Host-bookmark'

/** What all `__Host-` cookies have, those of the pages too: no script reads them, and no other site sends them with a change. */
export const HOST_COOKIE: Readonly<CookieOptions> = { path: '/', secure: true, httpOnly: true, sameSite: 'Lax' }
