import { and, eq, gt, isNull, lt, lte, notExists, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import type { Db } from '../../db/client'
import { existsRow } from '../../db/exists'
import { DAY_MS, MINUTE_MS } from '../../lib/time'
import { limits, MAX_GUESSES } from '../../limits'
import { hasSameStamp, type StampedContact } from '../../users/proof-stamp'
import { countWrongGuess } from '../wrong-guesses'
import { otpCodes } from './tables'

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
  /** The id of the code's row in `otp_codes`, which counts the guesses. */
  codeId: number
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
 * wrong guesses a day. That holds for right and wrong guesses. A right guess also finds no row if the owner has ended the codes that are
 * out (`users/proof-stamp.ts`). Of many right guesses, the first one spends the code.
 * @param mayBeSpent where this does not hold, a right guess counts nowhere and its code stays good
 * @returns `counted` gives a row if the guess counts; `newest` gives how many wrong guesses the recipient has had, and whether this code has
 *   taken all of its own; `failed` gives how many there were for all recipients in this hour
 */
export function countGuess(db: Db, guess: Guess, mayBeSpent: SQL = sql`true`) {
  const { codeId, contact, challengeId, right, nonce, now } = guess
  const newDay = lte(otpCodes.wrongSince, now - DAY_MS)
  const wrong = sql`CASE WHEN ${newDay} THEN 1 ELSE ${otpCodes.wrong} + 1 END`
  const wrongSince = sql`CASE WHEN ${newDay} OR ${otpCodes.wrong} = 0 THEN ${now} ELSE ${otpCodes.wrongSince} END`
  const counts = and(
    eq(otpCodes.id, codeId),
    eq(otpCodes.challengeId, challengeId),
    isNewest(db),
    lt(otpCodes.attempts, MAX_GUESSES),
    isNull(otpCodes.spentBy),
    gt(otpCodes.sentAt, now - CODE_LIFE_MS),
    or(lt(otpCodes.wrong, MAX_WRONG_A_DAY), newDay),
    right ? hasSameStamp(db, contact) : undefined,
  )
  const rightGuess = {
    attempts: sql`${otpCodes.attempts} + (${mayBeSpent})`,
    spentBy: sql`CASE WHEN ${mayBeSpent} THEN ${nonce} END`,
  }
  return {
    failed: right ? undefined : countWrongGuess(db, 'codes', now, existsRow(db, otpCodes, counts)),
    counted: db
      .update(otpCodes)
      .set(right ? rightGuess : { attempts: sql`${otpCodes.attempts} + 1`, wrong, wrongSince })
      .where(counts)
      .returning({ spentBy: otpCodes.spentBy }),
    newest: db
      .select({
        wrong: otpCodes.wrong,
        wrongSince: otpCodes.wrongSince,
        isUsedUp: isUsedUp(db, guess).as('is_used_up'),
      })
      .from(otpCodes)
      .where(eq(otpCodes.id, newestOfGuard(db, codeId))),
  }
}

const other = alias(otpCodes, 'other')
const hasSameGuard = and(eq(other.recipient, otpCodes.recipient), eq(other.guard, otpCodes.guard))

/** True of a code if none came after it for the same recipient and purpose. */
const isNewest = (db: Db): SQL =>
  notExists(
    db
      .select({ id: other.id })
      .from(other)
      .where(and(hasSameGuard, gt(other.id, otpCodes.id))),
  )

/** The id of the newest code for the same recipient and purpose. */
const newestOfGuard = (db: Db, codeId: number): SQL =>
  sql`${db
    .select({ id: sql`max(${other.id})` })
    .from(otpCodes)
    .innerJoin(other, hasSameGuard)
    .where(eq(otpCodes.id, codeId))}`

/** Whether a code that has not expired has taken all guesses, and none was right. It does not depend on codes that came after it: they may be the owner's. */
const isUsedUp = (db: Db, { codeId, challengeId, now }: Guess): SQL<0 | 1> =>
  sql<0 | 1>`${existsRow(
    db,
    other,
    and(
      eq(other.id, codeId),
      eq(other.challengeId, challengeId),
      eq(other.attempts, MAX_GUESSES),
      isNull(other.spentBy),
      gt(other.sentAt, now - CODE_LIFE_MS),
    ),
  )}`

/** True when this request has spent the code. The statements that follow carry this condition. */
export const hasSpent = (db: Db, { codeId, nonce }: Guess): SQL =>
  existsRow(db, otpCodes, and(eq(otpCodes.id, codeId), eq(otpCodes.spentBy, nonce)))
