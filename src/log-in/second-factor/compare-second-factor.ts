import { and, eq, lt, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client'
import { existsRow } from '../../db/exists'
import type { SecondFactorMethod } from '../../errors'
import type { Keys } from '../../keys'
import { isConfirmedOf, type SecondFactorRow } from '../../users/second-factors'
import { secondFactors } from '../../users/tables'
import { countGuess, type GuessCounts, mayGuess, selectGuessState } from './guess-limits'
import { hashRecoveryCode } from './recovery-codes'
import type { TypedCode } from './schemas'
import { openSecret, type SealedSecret, sealSecret } from './sealed-secret'
import { stepOf } from './totp'

/** A confirmed second factor, as it was read. */
export type ConfirmedFactor = Pick<SecondFactorRow, 'userId'> & SealedSecret & { confirmedAt: number; since: number }

/** A row of a second factor, if it is confirmed. */
export function toConfirmed(row: SecondFactorRow | null | undefined): ConfirmedFactor | undefined {
  if (!row) return undefined
  const { userId, secret, kid, confirmedAt, since } = row
  if (secret === null || kid === null || confirmedAt === null || since === null) return undefined
  return { userId, secret, kid, confirmedAt, since }
}

/** A guess that was compared. Nobody may learn the result before D1 has counted it. */
export interface FactorGuess {
  factor: ConfirmedFactor
  method: SecondFactorMethod
  /** Names this request as the one that was accepted. */
  nonce: string
  /** What the row must have, and what it gets; null if the code is wrong. */
  accepts: {
    isNew: SQL
    set: Partial<Pick<SecondFactorRow, 'lastStep' | 'secret' | 'kid'>> & { recoveryHashes?: SQL }
  } | null
}

/** Compares a typed code with a second factor. A secret under an older key is sealed anew if the code is right. */
export async function compareSecondFactor(
  keys: Keys,
  factor: ConfirmedFactor,
  { kind, code }: TypedCode,
  now: number,
): Promise<FactorGuess> {
  const guess = { factor, method: kind, nonce: crypto.randomUUID() }
  const { userId } = factor
  if (kind === 'recovery_code') return { ...guess, accepts: spendRecoveryCode(await hashRecoveryCode(userId, code)) }
  const secret = await openSecret(keys, factor, userId)
  const step = secret === null ? null : await stepOf(secret, code, now)
  if (secret === null || step === null) return { ...guess, accepts: null }
  const resealed = factor.kid === keys.current.kid ? {} : await sealSecret(keys, secret, userId)
  return { ...guess, accepts: { isNew: lt(secondFactors.lastStep, step), set: { lastStep: step, ...resealed } } }
}

const spendRecoveryCode = (hash: string): FactorGuess['accepts'] => ({
  isNew: sql`EXISTS (SELECT 1 FROM json_each(${secondFactors.recoveryHashes}) WHERE value = ${hash})`,
  set: {
    recoveryHashes: sql`(SELECT json_group_array(value) FROM json_each(${secondFactors.recoveryHashes}) WHERE value <> ${hash})`,
  },
})

/** True in the transaction once this guess was accepted. */
export const hasPassed = (db: Db, { factor: { userId }, nonce }: FactorGuess): SQL =>
  existsRow(db, secondFactors, and(isConfirmedOf(userId), eq(secondFactors.passedBy, nonce)))

/**
 * The statements that accept a guess, or count it.
 *
 * The race: any number of guesses at once, at one code or at many. One conditional update accepts a step that is later than the last one,
 * or a recovery code that is still there, and names the request. The others find the step taken or the code gone. A wrong guess is counted
 * in the same transaction, so the guesses after it find it. While an account has to wait, right and wrong guesses change nothing.
 * @param isUsable true while the guess may be made at all
 * @returns `passed` gives a row if it was accepted, with how many recovery codes are left
 */
export function passSecondFactor(db: Db, guess: FactorGuess, counts: GuessCounts, isUsable: SQL) {
  const { factor, nonce, accepts } = guess
  const isSame = and(isConfirmedOf(factor.userId), eq(secondFactors.confirmedAt, factor.confirmedAt))
  const isAllowed = sql`${isUsable} AND ${existsRow(db, secondFactors, isSame)}`
  return {
    state: selectGuessState(db, counts),
    allowed: db.select({ is: sql<0 | 1>`${isAllowed}`.as('is_allowed') }).from(sql`(SELECT 1)`),
    passed: db
      .update(secondFactors)
      .set({ ...accepts?.set, passedBy: nonce })
      .where(and(isSame, accepts?.isNew ?? sql`false`, mayGuess(db, counts), isUsable))
      .returning({ recoveryHashes: secondFactors.recoveryHashes }),
    counted: countGuess(db, counts, sql`${isAllowed} AND NOT ${hasPassed(db, guess)}`),
  }
}
