import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import * as z from 'zod'
import type { AppEnv } from '../../context'
import { HOST_COOKIE, SOCIAL_COOKIE } from '../../http/cookie-names'
import { seal, unsealWithAny } from '../../lib/seal'
import { MINUTE_MS, SECOND_MS } from '../../lib/time'
import { PROVIDER_IDS } from '../../users/provider-ids'

/*
 * A log-in or a link that waits for the answer of the provider. It is kept in a sealed cookie of the browser that began it, so a callback
 * in another browser finds nothing (RFC 9700 4.7), and beginning one costs no row. Its `state` is spent in the transaction that it ends in.
 */

const LIFE_MS = 10 * MINUTE_MS
/** One for each tab, up to so many. The oldest goes: nobody must fill the cookies of a browser. */
const MAX_PENDING = 3
/** Browsers refuse a cookie whose name and value are longer (RFC 6265bis 5.6), and keep the one before. No later log-in would work. */
const MAX_COOKIE = 4096
/** What the cookie is sealed as. */
export const PENDING_USE = 'pending log-ins'

const pendingSchema = z.object({
  /** The `state` of the authorization request, which names this log-in. */
  state: z.uuid(),
  provider: z.enum(PROVIDER_IDS),
  nonce: z.string(),
  codeVerifier: z.string(),
  returnTo: z.string(),
  /** If it is given, the client at `returnTo` gets a code, for which it needs the verifier of this challenge. */
  codeChallenge: z.string().nullable(),
  /** The session whose user links the identity, and the user's proof stamp when they proved it. Null for a log-in. */
  linkFor: z
    .object({ sessionId: z.uuidv7(), userId: z.uuidv7(), authenticatedAt: z.number(), proofStamp: z.string() })
    .nullable(),
  /** In s since 1970. */
  exp: z.number(),
})

export type PendingLogIn = z.output<typeof pendingSchema>

/** Adds a log-in to those of the browser. */
export async function addPendingLogIn(
  c: Context<AppEnv>,
  added: Omit<PendingLogIn, 'exp'>,
  now: number,
): Promise<void> {
  const others = await readAll(c, now)
  const exp = Math.ceil((now + LIFE_MS) / SECOND_MS)
  await writeAll(c, [{ ...added, exp }, ...others.slice(0, MAX_PENDING - 1)])
}

/** Takes the log-in with this state out of those of the browser. Undefined if it was begun elsewhere, or too long ago. */
export async function takePendingLogIn(
  c: Context<AppEnv>,
  state: string,
  now: number,
): Promise<PendingLogIn | undefined> {
  const all = await readAll(c, now)
  const found = all.find((one) => one.state === state)
  if (found)
    await writeAll(
      c,
      all.filter((other) => other !== found),
    )
  return found
}

async function readAll(c: Context<AppEnv>, now: number): Promise<PendingLogIn[]> {
  const cookie = getCookie(c, SOCIAL_COOKIE)
  if (cookie === undefined) return []
  const keys = c.var.keys.all.map(({ social }) => social)
  const text = await unsealWithAny(keys, cookie, PENDING_USE)
  const all = text === null ? [] : (z.array(pendingSchema).safeParse(JSON.parse(text)).data ?? [])
  return all.filter(({ exp }) => exp * SECOND_MS > now)
}

/** Writes those that fit into the cookie, which is at least the first. */
async function writeAll(c: Context<AppEnv>, all: PendingLogIn[]): Promise<void> {
  const sealed = await seal(c.var.keys.current.social, JSON.stringify(all), PENDING_USE)
  if (SOCIAL_COOKIE.length + sealed.length > MAX_COOKIE && all.length > 1) return writeAll(c, all.slice(0, -1))
  setCookie(c, SOCIAL_COOKIE, all.length === 0 ? '' : sealed, {
    ...HOST_COOKIE,
    maxAge: all.length === 0 ? 0 : LIFE_MS / SECOND_MS,
  })
}
