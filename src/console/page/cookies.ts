import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { CookieOptions } from 'hono/utils/cookie'
import * as z from 'zod'
import { CODE_PURPOSES } from '../../delivery/message'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../lib/time'

/*
 * What the pages keep in the browser. None of it is believed: tokens stand in the cookies of `sessions/cookies.ts`.
 */

export const LANGUAGE = '__Host-language'
const RESUMABLE = '__Host-console'
const CHALLENGE = '__Host-challenge'

const options = (lifeMs: number): CookieOptions => ({
  path: '/',
  secure: true,
  httpOnly: true,
  sameSite: 'Lax',
  maxAge: lifeMs / SECOND_MS,
})

export const setLanguage = (c: Context, language: string): void =>
  setCookie(c, LANGUAGE, language, options(365 * DAY_MS))

/** Two requests with a session that cannot be resumed lie closer together than a session needs to be resumed. */
const RESUME_AGAIN_AFTER_MS = 10 * SECOND_MS

/** Notes that this browser has a session, and when it was begun or resumed: pages do not see the refresh cookie. */
export const setResumable = (c: Context, now: number): void =>
  setCookie(c, RESUMABLE, String(now), options(30 * DAY_MS))

/** Whether resuming the session is worth a try: never for a stranger, and not again for who has just done so in vain. */
export const isResumable = (c: Context, now: number): boolean =>
  now - Number(getCookie(c, RESUMABLE) ?? now) > RESUME_AGAIN_AFTER_MS

export const removeResumable = (c: Context): void => {
  deleteCookie(c, RESUMABLE, options(0))
}

const challengeSchema = z.object({
  challengeId: z.uuidv7(),
  purpose: z.enum(CODE_PURPOSES),
  channel: z.enum(['sms', 'email']),
  /** As it was typed. */
  to: z.string(),
  expiresAt: z.iso.datetime(),
  resendAt: z.iso.datetime(),
  /** What its code was traded for, where that could not be used at once: no script gets to see it. */
  verificationToken: z.string().optional(),
})

/** The code that this browser has asked for last. */
export type Challenge = z.output<typeof challengeSchema>

export const setChallenge = (c: Context, challenge: Challenge): void =>
  setCookie(c, CHALLENGE, JSON.stringify(challenge), options(10 * MINUTE_MS))

export function getChallenge(c: Context): Challenge | null {
  try {
    return challengeSchema.safeParse(JSON.parse(getCookie(c, CHALLENGE) ?? '')).data ?? null
  } catch {
    return null
  }
}

export const removeChallenge = (c: Context): void => {
  deleteCookie(c, CHALLENGE, options(0))
}

/** For who leaves: the next one at this browser is not shown whom a code was sent to. */
export function forgetSession(c: Context): void {
  removeResumable(c)
  removeChallenge(c)
}
