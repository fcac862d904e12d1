import { and, eq, gt, isNull, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client'
import { existsRow } from '../../db/exists'
import { DAY_MS, MINUTE_MS } from '../../lib/time'
import { limits, MAX_GUESSES } from '../../limits'
import { hasSameStamp, type StampedContact } from '../../users/proof-stamp'
import { countWrongGuess } from '../wrong-guesses'
import { otpGuards } from './tables'

/*
 * THE limits of guesses at codes. D1 enforces all of them; KV only knows the MAC of the code.
 */

/** ASVS 6.5.5. */
export const CODE_LIFE_MS = 5 * MINUTE_MS
/**
 * Wrong guesses a day for one recipient and purpose, over all codes (NIST 3.2.2). A right guess does not clear them: strangers could
 * tell from that when the owner logs in.
 */
export const MAX_WRONG_A_DAY = limits.code_guesses.quota

/** A guess at a code. `right` is what the comparison found. Nobody may learn it before D1 has counted the guess. */
export interface Guess {
  /** The key of the row in `otp_guards`, which counts the guesses for one recipient and purpose. */
  guard: string
  /** Whom the code was sent to, and the stamp of the account. */
  contact: StampedContact
  challengeId: string
  right: boolean
  /** Names this request as the one that spends the code. */
  nonce: string
  now: number
}

/**
 * The statements that count a guess and, if it is right, spend the code.
 *
 * The race: any number of guesses at once, at any number of codes. One conditional update counts a guess before anybody learns
 * whether it was right. It finds no row for the sixth guess, for a code that is spent, expired or not the newest, and after 20
 * wrong guesses a day, whether the guess is right or not. Of many right guesses, the first one spends the code. A right guess
 * finds no row either if the owner has ended the codes that are out (`users/proof-stamp.ts`).
 * @param mayBeSpent where this does not hold, a right guess counts nowhere and its code stays good
 * @returns `counted` gives a row if the guess counts; `guard` gives how many wrong guesses there were; `failed` gives how many there
 *   were at all codes in this hour
 */
export function countGuess(db: Db, guess: Guess, mayBeSpent: SQL = sql`true`) {
  const { guard, contact, challengeId, right, nonce, now } = guess
  const byKey = eq(otpGuards.key, guard)
  const newDay = lte(otpGuards.wrongSince, now - DAY_MS)
  const wrong = sql`CASE WHEN ${newDay} THEN 1 ELSE ${otpGuards.wrong} + 1 END`
  const wrongSince = sql`CASE WHEN ${newDay} OR ${otpGuards.wrong} = 0 THEN ${now} ELSE ${otpGuards.wrongSince} END`
  const counts = and(
    byKey,
    eq(otpGuards.challengeId, challengeId),
    lt(otpGuards.attempts, MAX_GUESSES),
    isNull(otpGuards.spentBy),
    gt(otpGuards.expiresAt, now),
    or(lt(otpGuards.wrong, MAX_WRONG_A_DAY), newDay),
    right ? hasSameStamp(db, contact) : undefined,
  )
  const rightGuess = {
    attempts: sql`${otpGuards.attempts} + (${mayBeSpent})`,
    spentBy: sql`CASE WHEN ${mayBeSpent} THEN ${nonce} END`,
  }
  return {
    failed: right ? undefined : countWrongGuess(db, 'codes', now, existsRow(db, otpGuards, counts)),
    counted: db
      .update(otpGuards)
      .set(right ? rightGuess : { attempts: sql`${otpGuards.attempts} + 1`, wrong, wrongSince })
      .where(counts)
      .returning({ spentBy: otpGuards.spentBy }),
    guard: db.select({ wrong: otpGuards.wrong, wrongSince: otpGuards.wrongSince }).from(otpGuards).where(byKey),
  }
}

/** True when this request has spent the code. The statements that follow carry this condition. */
export const hasSpent = (db: Db, { guard, nonce }: Guess): SQL =>
  existsRow(db, otpGuards, and(eq(otpGuards.key, guard), eq(otpGuards.spentBy, nonce)))
