import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { Keys } from '../keys'
import { seal, unsealWithAny } from '../lib/seal'
import { MINUTE_MS, SECOND_MS } from '../lib/time'
import { ACCESS_COOKIE, BOOKMARK_COOKIE, HOST_COOKIE } from './cookie-names'

const HEADER = 'X-D1-Bookmark'
const SEALED = /^[\w-]{40,200}$/

/** The bookmark that the client sends back. With it, a replica never answers with anything older than the client has seen. */
export async function readBookmark(c: Context, keys: Keys): Promise<string | undefined> {
  const sealed = c.req.header(HEADER) ?? getCookie(c, BOOKMARK_COOKIE)
  if (sealed === undefined || !SEALED.test(sealed)) return undefined
  const plain = await unsealWithAny(
    keys.all.map(({ bookmark }) => bookmark),
    sealed,
  )
  return plain ?? undefined
}

/**
 * Gives the client the bookmark to send back: in a header, and also in a cookie if the client keeps our cookies. It is sealed,
 * because it counts the writes of all users: from two plain ones a client could see that somebody else wrote.
 */
export async function writeBookmark(c: Context, keys: Keys, plain: string | null): Promise<void> {
  if (plain === null) return
  const bookmark = await seal(keys.current.bookmark, plain)
  // `c.header` would copy the whole answer.
  c.res.headers.set(HEADER, bookmark)
  const keepsCookies = c.req.header('Cookie')?.includes(`${ACCESS_COOKIE}=`) || c.res.headers.has('Set-Cookie')
  // After a log-out the browser keeps no cookie of ours.
  const isLoggedOut = c.res.headers.getSetCookie().some((cookie) => cookie.startsWith(`${BOOKMARK_COOKIE}=;`))
  if (!keepsCookies || isLoggedOut) return
  setCookie(c, BOOKMARK_COOKIE, bookmark, {
    ...HOST_COOKIE,
    maxAge: (10 * MINUTE_MS) / SECOND_MS,
  })
}
