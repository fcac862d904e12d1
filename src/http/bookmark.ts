import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { base64url } from 'jose'
import type { Keys } from '../keys'
import { MINUTE_MS, SECOND_MS } from '../lib/time'
import { ACCESS_COOKIE, BOOKMARK_COOKIE } from './cookie-names'

const HEADER = 'X-D1-Bookmark'
const IV_BYTES = 12
const SEALED = /^[\w-]{40,200}$/

/** The bookmark that the client sends back. With it, a replica never answers with anything older than the client has seen. */
export async function readBookmark(c: Context, keys: Keys): Promise<string | undefined> {
  const sealed = c.req.header(HEADER) ?? getCookie(c, BOOKMARK_COOKIE)
  if (sealed === undefined || !SEALED.test(sealed)) return undefined
  const bytes = base64url.decode(sealed)
  const parameters = { name: 'AES-GCM', iv: bytes.slice(0, IV_BYTES) }
  try {
    const opened = await crypto.subtle.decrypt(parameters, keys.current.bookmark, bytes.slice(IV_BYTES))
    return new TextDecoder().decode(opened)
  } catch {
    return undefined
  }
}

/**
 * Encrypts a bookmark. A bookmark counts the writes of all users, so a client could see from two plain ones that somebody else
 * wrote.
 */
async function seal(keys: Keys, bookmark: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const text = new TextEncoder().encode(bookmark)
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, keys.current.bookmark, text)
  const bytes = new Uint8Array(IV_BYTES + sealed.byteLength)
  bytes.set(iv)
  bytes.set(new Uint8Array(sealed), IV_BYTES)
  return base64url.encode(bytes)
}

/** Gives the client the bookmark to send back: in a header, and also in a cookie if the client keeps our cookies. */
export async function writeBookmark(c: Context, keys: Keys, plain: string | null): Promise<void> {
  if (plain === null) return
  const bookmark = await seal(keys, plain)
  // `c.header` would copy the whole answer.
  c.res.headers.set(HEADER, bookmark)
  const keepsCookies = c.req.header('Cookie')?.includes(`${ACCESS_COOKIE}=`) || c.res.headers.has('Set-Cookie')
  // After a log-out the browser keeps no cookie of ours.
  const isLoggedOut = c.res.headers.getSetCookie().some((cookie) => cookie.startsWith(`${BOOKMARK_COOKIE}=;`))
  if (!keepsCookies || isLoggedOut) return
  setCookie(c, BOOKMARK_COOKIE, bookmark, {
    path: '/',
    secure: true,
    httpOnly: true,
    sameSite: 'Lax',
    maxAge: (10 * MINUTE_MS) / SECOND_MS,
  })
}
