import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Child } from 'hono/jsx'
import type { CookieOptions } from 'hono/utils/cookie'
import * as z from 'zod'
import { HOST_COOKIE } from '../../http/cookie-names'
import type { Texts } from '../texts/texts'
import type { PageContext } from './console-env'
import { SECOND_FACTOR } from './local-path'

/*
 * A notice says once, on the next page, what a form has done. It waits in a cookie: in the address, any link could show one that is
 * not true.
 */

const NOTICE = '__Host-notice'

const options: CookieOptions = { ...HOST_COOKIE, maxAge: 60 }

/** To-dos that one notice can take back: more ids would make the cookie too long for browsers (4 kB). */
const MAX_UNDO = 50

export type NoticeName = keyof Texts['notices']

const noticeSchema = z.object({
  name: z.string(),
  /** The to-dos that were deleted or completed, for the button that takes that back. */
  undo: z.array(z.uuidv7()).optional(),
  /** What the notice is about, such as the name of a provider. */
  about: z.string().optional(),
})

export type PageNotice = z.output<typeof noticeSchema>

/** A notice that this request gives, not one that a cookie brings. */
export type SaidNotice = PageNotice & { name: NoticeName }

/** Redirects to a page, which shows the notice. */
export function redirectWithNotice(
  c: PageContext,
  path: string,
  name: NoticeName,
  details: Omit<PageNotice, 'name'> = {},
): Response {
  const { undo = [] } = details
  // A cookie has no room for more.
  const notice = undo.length > MAX_UNDO ? { ...details, undo: [] } : details
  setCookie(c, NOTICE, JSON.stringify({ name, ...notice }), options)
  return c.redirect(path, 303)
}

/** The notice for this page, if there is one. The next page does not show it again. */
export function takeNotice(c: PageContext): PageNotice | null {
  const cookie = getCookie(c, NOTICE)
  if (cookie === undefined) return null
  deleteCookie(c, NOTICE, options)
  try {
    return noticeSchema.safeParse(JSON.parse(cookie)).data ?? null
  } catch {
    return null
  }
}

/** Notices that lead on to a page. */
const LINKS: Record<string, NoticeLink | undefined> = {
  recovery_code_used: { href: SECOND_FACTOR, text: (t) => t.twoStep.newCodes },
} satisfies Partial<Record<NoticeName, NoticeLink>>

interface NoticeLink {
  href: string
  text: (t: Texts) => string
}

/** Shows a notice. Unknown names show nothing. */
export function Notice({ t, notice, children }: { t: Texts; notice: PageNotice | null; children?: Child }) {
  const [name = '', text] = Object.entries(t.notices).find(([known]) => known === notice?.name) ?? []
  if (text === undefined) return null
  const link = LINKS[name]
  return (
    <div class="notice" role="status">
      <p>{typeof text === 'string' ? text : text(notice?.about ?? '')}</p>
      {link && <a href={link.href}>{link.text(t)}</a>}
      {children}
    </div>
  )
}
