import { SignJWT } from 'jose'
import * as z from 'zod'
import { CHANNELS, type CodePurpose } from '../../delivery/message'
import { AppError } from '../../errors'
import { verifyJwt } from '../../jwt'
import type { Keys } from '../../keys'
import { isoTime, MINUTE_MS, SECOND_MS } from '../../lib/time'

/*
 * A verification token says that its holder has proven a contact, for one purpose. It is a JWT of its own type, under a key of its
 * own, and it lives ten minutes. It is spent once: see `log-in/spent-tokens.ts`.
 */

const LIFE_MS = 10 * MINUTE_MS
const TYPE = 'verification+jwt'
const ISSUER = 'latchkey'

/** The purposes of codes that can be traded for a verification token. */
export const TOKEN_PURPOSES = ['verify', 'reset_password'] as const satisfies readonly CodePurpose[]

const claimsSchema = z.object({
  jti: z.uuid(),
  exp: z.number(),
  purpose: z.enum(TOKEN_PURPOSES),
  channel: z.enum(CHANNELS),
  to: z.string(),
})

/** A contact that was proven, and for what: the claims of a verification token. */
export type ProvenContact = z.output<typeof claimsSchema>

/** @returns the token and when it expires, as the API writes it */
export async function signVerificationToken(
  keys: Keys,
  { purpose, channel, to }: Pick<ProvenContact, 'purpose' | 'channel' | 'to'>,
  now: number,
): Promise<{ verificationToken: string; expiresAt: string }> {
  const expiresAt = Math.floor((now + LIFE_MS) / SECOND_MS)
  const verificationToken = await new SignJWT({ purpose, channel, to })
    .setProtectedHeader({ alg: 'HS256', typ: TYPE, kid: keys.current.kid })
    .setIssuer(ISSUER)
    .setJti(crypto.randomUUID())
    .setIssuedAt(Math.floor(now / SECOND_MS))
    .setExpirationTime(expiresAt)
    .sign(keys.current.verification)
  return { verificationToken, expiresAt: isoTime(expiresAt * SECOND_MS) }
}

/**
 * What a verification token proves, if it is for this purpose. Only D1 knows whether it was spent.
 * @throws {AppError} `invalid_verification_token`
 */
export async function readVerificationToken(
  keys: Keys,
  token: string,
  { purpose, now }: { purpose: ProvenContact['purpose']; now: number },
): Promise<ProvenContact> {
  const payload = await verifyJwt(keys, token, {
    key: 'verification',
    typ: TYPE,
    issuer: ISSUER,
    maxTokenAge: LIFE_MS / SECOND_MS,
    now,
  })
  const claims = claimsSchema.safeParse(payload).data
  if (claims?.purpose !== purpose) throw new AppError('invalid_verification_token')
  return claims
}
