import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { MINUTE_MS, SECOND_MS } from '../lib/time'

const HEADER = 'X-D1-Bookmark'
const COOKIE = '__Host-bookmark'

/** The bookmark that a client brings back, so that a replica serves it nothing older than what it has seen. */
export const readBookmark = (c: Context): string | undefined => c.req.header(HEADER) ?? getCookie(c, COOKIE)

/** Gives the client the bookmark to bring back: in a header, and to one that keeps our cookies in a cookie too. */
export function writeBookmark(c: Context, bookmark: string | null): void {
  if (bookmark === null) return
  // Not `c.header`: once there is an answer, that makes a whole new one.
  c.res.headers.set(HEADER, bookmark)
  const keepsCookies = c.req.header('Cookie')?.includes('__Host-access=') || c.res.headers.has('Set-Cookie')
  if (!keepsCookies || bookmark === getCookie(c, COOKIE)) return
  setCookie(c, COOKIE, bookmark, {
    path: '/',
    secure: true,
    httpOnly: true,
    sameSite: 'Lax',
    maxAge: (10 * MINUTE_MS) / SECOND_MS,
  })
}
