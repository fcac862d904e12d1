import { eq, type SQL, sql } from 'drizzle-orm'
import { errors, jwtVerify, SignJWT } from 'jose'
import * as z from 'zod'
import type { Db } from '../../db/client'
import { spentTokens } from '../../db/schema'
import { selectRow } from '../../db/select-row'
import { AppError } from '../../errors'
import type { Keys } from '../../keys'
import { isoTime, MINUTE_MS, SECOND_MS } from '../../lib/time'

/*
 * A verification token says that its holder has proven a contact, for one purpose. It is a JWT of its own type under a key of its
 * own, lives ten minutes, and is spent in the transaction that makes the change it permits: if that fails, it is not spent.
 */

const LIFE_MS = 10 * MINUTE_MS
const TYPE = 'verification+jwt'
const ISSUER = 'latchkey'

const claimsSchema = z.object({
  jti: z.uuid(),
  exp: z.number(),
  purpose: z.enum(['verify', 'reset_password']),
  channel: z.enum(['sms', 'email']),
  to: z.string(),
})

/** A contact that was proven, and for what. */
export type Proof = z.output<typeof claimsSchema>

/** @returns the token and when it expires, as the API writes it */
export async function signVerificationToken(
  keys: Keys,
  { purpose, channel, to }: Pick<Proof, 'purpose' | 'channel' | 'to'>,
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
 * What a verification token proves, if it does so for this purpose. Whether it is spent is for D1 to say.
 * @throws {AppError} `invalid_verification_token`
 */
export async function readVerificationToken(
  keys: Keys,
  token: string,
  { purpose, now }: { purpose: Proof['purpose']; now: number },
): Promise<Proof> {
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        const set = keys.all.find((candidate) => candidate.kid === kid)
        if (!set) throw new errors.JWKSNoMatchingKey()
        return set.verification
      },
      {
        algorithms: ['HS256'],
        typ: TYPE,
        issuer: ISSUER,
        maxTokenAge: LIFE_MS / SECOND_MS,
        currentDate: new Date(now),
      },
    )
    const proof = claimsSchema.safeParse(payload).data
    if (proof?.purpose === purpose) return proof
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error
  }
  throw new AppError('invalid_verification_token')
}

/** True while none of the proofs was spent: the condition of the change that they permit. */
export const areUnspent = (db: Db, proofs: readonly Proof[]): SQL => {
  const spentOnes = proofs.map(({ jti }) =>
    db.select({ one: sql`1` }).from(spentTokens).where(eq(spentTokens.jti, jti)),
  )
  return sql.join([sql`true`, ...spentOnes.map((spent) => sql`NOT EXISTS ${spent}`)], sql` AND `)
}

/** The statement that tells whether none of the proofs was spent before; it comes before those that spend them. */
export const findUnspent = (db: Db, proofs: readonly Proof[]) =>
  db.select({ unspent: sql<number>`${areUnspent(db, proofs)}` }).from(sql`(SELECT 1)`)

/** The statement that spends a proof where `done` says that its change was made. */
export const spend = (db: Db, { jti, exp }: Proof, done: SQL) =>
  db
    .insert(spentTokens)
    .select(selectRow(spentTokens, { jti, expiresAt: exp * SECOND_MS }, done))
    .onConflictDoNothing()
