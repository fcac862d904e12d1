import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { CookieOptions } from 'hono/utils/cookie'

/*
 * The only place that knows how tokens stand in cookies (ASVS 3.3.1–4). `__Host-` binds a cookie to this host and to `/`;
 * the refresh token goes to `/api/v1/auth` alone, which `__Host-` does not allow.
 */

const ACCESS = '__Host-access'
const REFRESH = '__Secure-refresh'

const accessOptions: CookieOptions = { path: '/', secure: true, httpOnly: true, sameSite: 'Lax' }
const refreshOptions: CookieOptions = { path: '/api/v1/auth', secure: true, httpOnly: true, sameSite: 'Strict' }

/** A token and how many seconds the browser is to keep it. */
export interface TokenCookie {
  token: string
  expiresIn: number
}

export function setAuthCookies(c: Context, { access, refresh }: { access: TokenCookie; refresh: TokenCookie }): void {
  setCookie(c, ACCESS, access.token, { ...accessOptions, maxAge: access.expiresIn })
  setCookie(c, REFRESH, refresh.token, { ...refreshOptions, maxAge: refresh.expiresIn })
}

export const getAuthCookies = (c: Context): { access: string | undefined; refresh: string | undefined } => ({
  access: getCookie(c, ACCESS),
  refresh: getCookie(c, REFRESH),
})

export function removeAuthCookies(c: Context): void {
  setCookie(c, ACCESS, '', { ...accessOptions, maxAge: 0 })
  setCookie(c, REFRESH, '', { ...refreshOptions, maxAge: 0 })
}
