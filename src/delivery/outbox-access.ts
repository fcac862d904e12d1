import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { Config } from '../config'
import { HOST_COOKIE } from '../http/cookie-names'
import { DAY_MS, SECOND_MS } from '../lib/time'
import { hasOutbox } from './channels'

/*
 * Who may read the outbox. A request from this computer is not enough: a page can name this computer as its own host (DNS
 * rebinding), and then its scripts send any request and any header here. But no page can read `.dev.vars`, and a browser sends
 * the cookie of `localhost` to no other host name. So a reader shows `OUTBOX_TOKEN`: as a bearer token, or in a cookie that is set
 * by the link which `npm run dev` prints.
 */

const OUTBOX_COOKIE = '__Host-outbox'

type Settings = Pick<Config, 'DELIVERY' | 'OUTBOX_TOKEN'>

const utf8 = new TextEncoder()

/** Whether this is the token, compared in constant time. Where no token is set, none is right. */
export async function isOutboxToken({ OUTBOX_TOKEN }: Settings, token: string | undefined): Promise<boolean> {
  if (OUTBOX_TOKEN === undefined || token === undefined) return false
  const digest = (text: string) => crypto.subtle.digest('SHA-256', utf8.encode(text))
  return crypto.subtle.timingSafeEqual(await digest(OUTBOX_TOKEN), await digest(token))
}

/** Lets this browser see the messages on the pages from now on. */
export const letBrowserRead = (c: Context, token: string): void =>
  setCookie(c, OUTBOX_COOKIE, token, {
    ...HOST_COOKIE,
    maxAge: (365 * DAY_MS) / SECOND_MS,
  })

/** Whether the pages show this browser the messages. Undefined where messages are sent. */
export async function mayBrowserRead(c: Context, config: Settings): Promise<boolean | undefined> {
  if (!hasOutbox(config, c.req.url)) return undefined
  return isOutboxToken(config, getCookie(c, OUTBOX_COOKIE))
}
