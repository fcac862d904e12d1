/* The cookies of the API. `sessions/cookies.ts` and `http/bookmark.ts` set them. */

/** The access token. `__Host-` binds a cookie to this host and to the path `/`. */
export const ACCESS_COOKIE = '__Host-access'
/** The refresh token. It goes to `/api/v1/auth` alone, which `__Host-` does not allow. */
export const REFRESH_COOKIE = '__Secure-refresh'
export const BOOKMARK_COOKIE = '__Host-bookmark'
