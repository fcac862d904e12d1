import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import * as z from 'zod'
import { SECOND_FACTOR_METHODS } from '../../errors'
import { HOST_COOKIE, SECOND_FACTOR_COOKIE } from '../../http/cookie-names'
import { SECOND_MS } from '../../lib/time'
import { SECOND_FACTOR_LIFE_MS } from './token'

/*
 * A log-in in this browser that waits for its second factor, for the page that asks for it. The token is in no page and no address.
 */

const schema = z.object({ secondFactorToken: z.string(), methods: z.array(z.enum(SECOND_FACTOR_METHODS)) })

/** What `second_factor_required` has: the token with which the log-in goes on, and what the account can go on with. */
export type WaitingCookie = z.output<typeof schema>

/** What an error says of a log-in that waits for its second factor. Null if that is not the error. */
export const readWaiting = (members: unknown): WaitingCookie | null => schema.safeParse(members).data ?? null

export const setWaitingCookie = (c: Context, waiting: WaitingCookie): void =>
  setCookie(c, SECOND_FACTOR_COOKIE, JSON.stringify(waiting), {
    ...HOST_COOKIE,
    maxAge: SECOND_FACTOR_LIFE_MS / SECOND_MS,
  })

/** Keeps a log-in from the members of the error that asks for its second factor. */
export const keepWaiting = (c: Context, members: unknown): void => setWaitingCookie(c, schema.parse(members))

export function getWaitingCookie(c: Context): WaitingCookie | null {
  try {
    return readWaiting(JSON.parse(getCookie(c, SECOND_FACTOR_COOKIE) ?? ''))
  } catch {
    return null
  }
}

export const removeWaitingCookie = (c: Context): void => {
  deleteCookie(c, SECOND_FACTOR_COOKIE, HOST_COOKIE)
}
