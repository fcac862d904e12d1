import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { base64url } from 'jose'
import * as z from 'zod'
import type { AppEnv } from '../../context'
import { HOST_COOKIE, PASSKEY_COOKIE } from '../../http/cookie-names'
import type { Keys } from '../../keys'
import { seal, unsealWithAny } from '../../lib/seal'
import { MINUTE_MS, SECOND_MS } from '../../lib/time'
import type { TokenPlace } from '../../sessions/schemas'
import type { OneTimeToken } from '../spent-tokens'

/*
 * Challenges that an authenticator signs. A challenge is sealed for its client to bring back, so whoever opens the sign-in page makes no
 * row. It is spent in the transaction of what it permits (`log-in/spent-tokens.ts`): its `jti` is the challenge itself.
 *
 * | purpose | bound to | who brings it back |
 * |---|---|---|
 * | `passkey log-in` | the browser that asked for it | a cookie; or the app that asked, in the body |
 * | `passkey registration` | a session, its user, and the proof that they gave | the client, in the body |
 *
 * Each is sealed as what it is for, so none passes for the other.
 */

export const CHALLENGE_LIFE_MS = 5 * MINUTE_MS

/** As many as WebAuthn asks for, and more (13.4.3: at least 16). */
const CHALLENGE_BYTES = 32

/** One for each tab, up to so many. The oldest goes: nobody must fill the cookies of a browser. */
const MAX_PENDING = 5

/** The longest token that we make has about 400 characters. */
export const MAX_CHALLENGE_TOKEN = 500

const logInSchema = z.object({ jti: z.string(), exp: z.number() })
const registrationSchema = logInSchema.extend({
  sessionId: z.uuidv7(),
  userId: z.uuidv7(),
  /** The user's proof stamp when they proved who they are (`users/proof-stamp.ts`). */
  proofStamp: z.string(),
})

type Purpose = 'passkey log-in' | 'passkey registration'

/** What a challenge to register a passkey is bound to. */
export type Registration = z.output<typeof registrationSchema>

/** A challenge, and what its client brings back with the answer. */
export interface IssuedChallenge {
  challenge: string
  challengeToken: string
  /** In ms. */
  expiresAt: number
}

async function issue(keys: Keys, purpose: Purpose, about: object, now: number): Promise<IssuedChallenge> {
  const challenge = base64url.encode(crypto.getRandomValues(new Uint8Array(CHALLENGE_BYTES)))
  const exp = Math.floor((now + CHALLENGE_LIFE_MS) / SECOND_MS)
  const text = JSON.stringify({ jti: challenge, exp, ...about })
  return {
    challenge,
    challengeToken: await seal(keys.current.challenge, text, purpose),
    expiresAt: exp * SECOND_MS,
  }
}

/** What was sealed for this purpose, while it is good. */
async function open<Schema extends typeof logInSchema>(
  keys: Keys,
  { purpose, schema, challengeToken }: { purpose: Purpose; schema: Schema; challengeToken: string },
  now: number,
): Promise<z.output<Schema> | null> {
  const sealed = keys.all.map(({ challenge }) => challenge)
  const text = await unsealWithAny(sealed, challengeToken, purpose)
  const read = text === null ? undefined : schema.safeParse(JSON.parse(text)).data
  return read && read.exp * SECOND_MS > now ? read : null
}

export const newRegistration = (
  keys: Keys,
  about: Omit<Registration, 'jti' | 'exp'>,
  now: number,
): Promise<IssuedChallenge> => issue(keys, 'passkey registration', about, now)

/** What a challenge to register a passkey says, if it is this one. Null if it is another, or has expired. */
export async function openRegistration(
  keys: Keys,
  { challengeToken, challenge }: { challengeToken: string; challenge: string },
  now: number,
): Promise<Registration | null> {
  const read = await open(keys, { purpose: 'passkey registration', schema: registrationSchema, challengeToken }, now)
  return read?.jti === challenge ? read : null
}

export const newLogInChallenge = (keys: Keys, now: number): Promise<IssuedChallenge> =>
  issue(keys, 'passkey log-in', {}, now)

/** A challenge for a log-in. With cookies it is added to those of the browser, which may have other tabs. */
export async function issueLogInChallenge(
  c: Context<AppEnv>,
  tokensIn: TokenPlace,
  now: number,
): Promise<IssuedChallenge> {
  const issued = await newLogInChallenge(c.var.keys, now)
  if (tokensIn === 'cookie') {
    const all = [issued.challengeToken, ...readCookie(c)].slice(0, MAX_PENDING)
    setCookie(c, PASSKEY_COOKIE, all.join('.'), { ...HOST_COOKIE, maxAge: CHALLENGE_LIFE_MS / SECOND_MS })
  }
  return issued
}

const readCookie = (c: Context): string[] =>
  (getCookie(c, PASSKEY_COOKIE) ?? '').split('.').filter((token) => /^[\w-]+$/.test(token) && isShort(token))

const isShort = (token: string): boolean => token.length <= MAX_CHALLENGE_TOKEN

/** The challenge of a log-in, if this client was given it: in a cookie, or by `challengeToken`. */
export async function findLogInChallenge(
  c: Context<AppEnv>,
  { challengeToken, challenge }: { challengeToken: string | undefined; challenge: string },
  now: number,
): Promise<OneTimeToken | null> {
  const tokens = challengeToken === undefined ? readCookie(c).slice(0, MAX_PENDING) : [challengeToken]
  const all = await Promise.all(
    tokens.map((token) =>
      open(c.var.keys, { purpose: 'passkey log-in', schema: logInSchema, challengeToken: token }, now),
    ),
  )
  return all.find((read) => read?.jti === challenge) ?? null
}
