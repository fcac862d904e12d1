import { type SQL, sql } from 'drizzle-orm'
import { SignJWT } from 'jose'
import * as z from 'zod'
import type { Db } from '../../db/client'
import { CHANNELS, type CodePurpose } from '../../delivery/message'
import { AppError } from '../../errors'
import { verifyJwt } from '../../jwt'
import type { Keys } from '../../keys'
import { isoTime, MINUTE_MS, SECOND_MS } from '../../lib/time'
import { hasSameStamp } from '../../users/proof-stamp'
import { areUnspent } from '../spent-tokens'

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
  /** Null if nobody had the contact when its code was asked for. */
  stamp: z.string().nullable(),
})

/** A contact that was proven, and for what: the claims of a verification token. */
export type ProvenContact = z.output<typeof claimsSchema>

/** @returns the token and when it expires, as the API writes it */
export async function signVerificationToken(
  keys: Keys,
  { purpose, channel, to, stamp }: Omit<ProvenContact, 'jti' | 'exp'>,
  now: number,
): Promise<{ verificationToken: string; expiresAt: string }> {
  const expiresAt = Math.floor((now + LIFE_MS) / SECOND_MS)
  const verificationToken = await new SignJWT({ purpose, channel, to, stamp })
    .setProtectedHeader({ alg: 'HS256', typ: TYPE, kid: keys.current.kid })
    .setIssuer(ISSUER)
    .setJti(crypto.randomUUID())
    .setIssuedAt(Math.floor(now / SECOND_MS))
    .setExpirationTime(expiresAt)
    .sign(keys.current.verification)
  return { verificationToken, expiresAt: isoTime(expiresAt * SECOND_MS) }
}

/**
 * What a verification token proves, if it is for this purpose. Whether it was spent or has ended, only D1 knows: `areUsable`.
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

/** True while none of the tokens was spent, and none has ended. The change that they permit carries this condition. */
export const areUsable = (db: Db, proofs: readonly ProvenContact[]): SQL =>
  sql.join([areUnspent(db, proofs), ...proofs.map((proof) => hasSameStamp(db, proof))], sql` AND `)

/** The statement that tells why tokens may not be usable. It runs before they are spent. */
export const selectUsable = (db: Db, proofs: readonly ProvenContact[]) =>
  db
    .select({
      unspent: sql<0 | 1>`${areUnspent(db, proofs)}`.as('unspent'),
      usable: sql<0 | 1>`${areUsable(db, proofs)}`.as('usable'),
    })
    .from(sql`(SELECT 1)`)
