import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { CookieOptions } from 'hono/utils/cookie'
import { ACCESS_COOKIE, BOOKMARK_COOKIE, DEVICE_COOKIE, HOST_COOKIE, REFRESH_COOKIE } from '../http/cookie-names'
import { DAY_MS, SECOND_MS } from '../lib/time'

/* The only place that reads and sets the cookies of tokens (ASVS 3.3.1–4). A session's end leaves the device cookie. */

const refreshOptions: CookieOptions = { path: '/api/v1/auth', secure: true, httpOnly: true, sameSite: 'Strict' }

/** Browsers keep no cookie for longer. */
const DEVICE_COOKIE_SECONDS = (400 * DAY_MS) / SECOND_MS

/** A token, and for how many seconds the browser keeps it. */
export interface TokenCookie {
  token: string
  expiresIn: number
}

export function setAuthCookies(c: Context, { access, refresh }: { access: TokenCookie; refresh: TokenCookie }): void {
  setCookie(c, ACCESS_COOKIE, access.token, { ...HOST_COOKIE, maxAge: access.expiresIn })
  setCookie(c, REFRESH_COOKIE, refresh.token, { ...refreshOptions, maxAge: refresh.expiresIn })
}

export const getAuthCookies = (c: Context): { access: string | undefined; refresh: string | undefined } => ({
  access: getCookie(c, ACCESS_COOKIE),
  refresh: getCookie(c, REFRESH_COOKIE),
})

export function removeAuthCookies(c: Context): void {
  setCookie(c, ACCESS_COOKIE, '', { ...HOST_COOKIE, maxAge: 0 })
  setCookie(c, REFRESH_COOKIE, '', { ...refreshOptions, maxAge: 0 })
  setCookie(c, BOOKMARK_COOKIE, '', { ...HOST_COOKIE, maxAge: 0 })
}

/**
 * For a log-out: also what pages of this origin have stored in the browser (W3C Clear Site Data). Cookies are removed one by one,
 * because those that are about the browser and not about the user stay.
 */
export function clearBrowser(c: Context): void {
  removeAuthCookies(c)
  c.header('Clear-Site-Data', '"storage"')
}

export const getDeviceCookie = (c: Context): string | undefined => getCookie(c, DEVICE_COOKIE)

export const setDeviceCookie = (c: Context, token: string): void =>
  setCookie(c, DEVICE_COOKIE, token, { ...HOST_COOKIE, maxAge: DEVICE_COOKIE_SECONDS })

export const removeDeviceCookie = (c: Context): void => setCookie(c, DEVICE_COOKIE, '', { ...HOST_COOKIE, maxAge: 0 })
