import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { CookieOptions } from 'hono/utils/cookie'
import * as z from 'zod'
import { CHANNELS, CODE_PURPOSES } from '../../delivery/message'
import { HOST_COOKIE, IDENTITY_COOKIE } from '../../http/cookie-names'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../lib/time'
import { LOCALES, type Locale } from '../../locale'
import { removeWaitingCookie } from '../../log-in/second-factor/waiting-cookie'

/*
 * The cookies of the pages. The API trusts none of them: the tokens of a session are in the cookies of `sessions/cookies.ts`.
 */

const LANGUAGE = '__Host-language'
const SESSION_TIME = '__Host-console'
const CHALLENGE = '__Host-challenge'
const RESUME_TRY = '__Host-resume'
const PROBE = '__Host-probe'
const PASSKEY_OFFER = '__Host-passkey-offer'
const PASSKEY_FIRST = '__Host-passkey-first'
const SET_UP = '__Host-totp'

const options = (lifeMs: number): CookieOptions => ({
  ...HOST_COOKIE,
  maxAge: lifeMs / SECOND_MS,
})

/** Whether the browser has brought any cookie of this host. All of them are Secure. */
export const bringsCookies = (c: Context): boolean => /(?:^|; *)__Host-/.test(c.req.header('Cookie') ?? '')

/** Sets a cookie to see whether the browser keeps it. It lasts until the sign-in, or until the browser is closed. */
export const probeCookies = (c: Context): void => setCookie(c, PROBE, 'kept', HOST_COOKIE)

/** The language that the visitor has chosen, if any. */
export function getLanguage(c: Context): Locale | undefined {
  const chosen = getCookie(c, LANGUAGE)
  return LOCALES.find((locale) => locale === chosen)
}

export const setLanguage = (c: Context, language: Locale): void =>
  setCookie(c, LANGUAGE, language, options(365 * DAY_MS))

/** After a session was resumed, the pages wait this long before they resume it again. Otherwise redirects could loop. */
const RESUME_PAUSE_MS = 10 * SECOND_MS

/** As long as browsers keep a cookie (RFC 6265bis 5.5). */
const LONGEST_MS = 400 * DAY_MS

/**
 * Remembers that this browser has a session, and when it began or was resumed. Pages cannot see the refresh cookie.
 * @param offersPasskey whether the next page may offer a passkey, if no page in this browser has done so yet
 */
export function rememberSession(c: Context, now: number, { offersPasskey = true } = {}): void {
  setCookie(c, SESSION_TIME, String(now), options(30 * DAY_MS))
  if (offersPasskey && getCookie(c, PASSKEY_OFFER) === undefined) {
    setCookie(c, PASSKEY_OFFER, 'next', options(LONGEST_MS))
  }
  if (getCookie(c, PROBE) !== undefined) deleteCookie(c, PROBE, options(0))
}

/** Whether this page is the one to offer a passkey. No other one in this browser does. */
export function takePasskeyOffer(c: Context): boolean {
  if (getCookie(c, PASSKEY_OFFER) !== 'next') return false
  setCookie(c, PASSKEY_OFFER, 'made', options(LONGEST_MS))
  return true
}

/** Remembers that somebody has used or added a passkey in this browser, so that the sign-in offers passkeys first. It names nobody. */
export const rememberPasskey = (c: Context): void => setCookie(c, PASSKEY_FIRST, 'yes', options(LONGEST_MS))

export const hasPasskey = (c: Context): boolean => getCookie(c, PASSKEY_FIRST) !== undefined

export const forgetPasskey = (c: Context): void => {
  deleteCookie(c, PASSKEY_FIRST, options(0))
}

/** Whether to try to resume a session: only if this browser had one, and not right after it began or was resumed. */
export const shouldResume = (c: Context, now: number): boolean =>
  now - Number(getCookie(c, SESSION_TIME) ?? now) > RESUME_PAUSE_MS

/** Names a try to resume the session from a page of ours. */
export function beginResumeTry(c: Context): string {
  const name = crypto.randomUUID()
  setCookie(c, RESUME_TRY, name, options(MINUTE_MS))
  return name
}

/** The name of the try that has begun, once. */
export function takeResumeTry(c: Context): string | undefined {
  const name = getCookie(c, RESUME_TRY)
  deleteCookie(c, RESUME_TRY, options(0))
  return name
}

export const forgetSession = (c: Context): void => {
  deleteCookie(c, SESSION_TIME, options(0))
}

const challengeSchema = z.object({
  challengeId: z.uuidv7(),
  purpose: z.enum(CODE_PURPOSES),
  channel: z.enum(CHANNELS),
  /** As the visitor typed it. */
  to: z.string(),
  expiresAt: z.iso.datetime(),
  resendAt: z.iso.datetime(),
  /** Whether it has taken too many wrong guesses. */
  isUsedUp: z.boolean().default(false),
  /** Proves that the code was right. It waits here, hidden from scripts, until the user has also given a fresh proof. */
  verificationToken: z.string().optional(),
})

/** The last code that this browser asked for. */
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

const waitingIdentitySchema = z.object({ linkToken: z.string(), email: z.string() })

/** An identity that was proven at a provider, and waits until its owner has proven the address too. The API sets this cookie. */
export type WaitingIdentity = z.output<typeof waitingIdentitySchema>

export function getWaitingIdentity(c: Context): WaitingIdentity | null {
  try {
    return waitingIdentitySchema.safeParse(JSON.parse(getCookie(c, IDENTITY_COOKIE) ?? '')).data ?? null
  } catch {
    return null
  }
}

export const removeWaitingIdentity = (c: Context): void => {
  deleteCookie(c, IDENTITY_COOKIE, options(0))
}

const setUpSchema = z.object({
  /** What the QR code says. The secret is in it. */
  uri: z.string().startsWith('otpauth://totp/').refine(URL.canParse),
  expiresAt: z.iso.datetime(),
  /** When the app was set up that this one replaces; null if there is none. */
  replaces: z.iso.datetime().nullable(),
})

/** The authenticator app that this browser is setting up. It waits here, hidden from scripts, until its first code is right. */
export type TotpSetUp = z.output<typeof setUpSchema>

/** The cookie outlives the set-up, so that a page can tell that the time is over. */
export const setTotpSetUp = (c: Context, setUp: TotpSetUp): void =>
  setCookie(c, SET_UP, JSON.stringify(setUp), options(HOUR_MS))

export function getTotpSetUp(c: Context): TotpSetUp | null {
  try {
    return setUpSchema.safeParse(JSON.parse(getCookie(c, SET_UP) ?? '')).data ?? null
  } catch {
    return null
  }
}

export const removeTotpSetUp = (c: Context): void => {
  deleteCookie(c, SET_UP, options(0))
}

/** For sign-out. It removes the challenge too: the next person at this browser must not see the contact in it. */
export function forgetUser(c: Context): void {
  forgetSession(c)
  removeChallenge(c)
  removeWaitingIdentity(c)
  removeWaitingCookie(c)
  removeTotpSetUp(c)
}
