import type { Context } from 'hono'
import type { AppEnv } from '../../context'
import type { CodePurpose } from '../../delivery/message'
import { AppError } from '../../errors'
import type { Keys } from '../../keys'
import { DAY_MS } from '../../lib/time'
import { tooMany } from '../../too-many'
import { type Obstacle, obstacleError } from '../account-limits'
import { warnOfGuesses } from '../wrong-guesses'
import { type Guess, MAX_WRONG_A_DAY } from './guess-limits'
import { type StoredChallenge, verifyMacOfCode } from './stored-challenge'

/** The results of the statements of `countGuess`. */
interface CountResults {
  failed: { count: number }[] | undefined
  counted: { spentBy: string | null }[]
  newest: { wrong: number; wrongSince: number; isUsedUp: 0 | 1 }[]
}

/**
 * Compares a guess with the code of a challenge. Nobody may learn the result before D1 has counted the guess (`countGuess`).
 * @param purposes what the code may be for
 * @returns the guess; `purpose` is the challenge's, if it is one of `purposes`
 */
export async function compareCode<Purpose extends CodePurpose>(
  keys: Keys,
  challenge: StoredChallenge,
  {
    challengeId,
    code,
    purposes,
    now,
  }: { challengeId: string; code: string; purposes: readonly Purpose[]; now: number },
): Promise<Guess & { purpose: Purpose | undefined }> {
  const tries = keys.all.map((set) => verifyMacOfCode(set.otp, { challengeId, ...challenge }, code, challenge.codeMac))
  const same = (await Promise.all(tries)).includes(true)
  const purpose = purposes.find((one) => one === challenge.purpose)
  const right = same && purpose !== undefined
  return { contact: challenge, codeId: challenge.codeId, challengeId, right, nonce: crypto.randomUUID(), now, purpose }
}

/** Whether the guess is right and has spent the code. */
export const isAccepted = ({ nonce }: Guess, { counted }: CountResults): boolean =>
  counted.some(({ spentBy }) => spentBy === nonce)

/**
 * The error for a guess that has not spent its code: `too_many_attempts` after 20 wrong ones a day, `code_attempts_exceeded` after five at
 * this code, and `invalid_code` for every other reason. All three tell only of guesses that were made at this challenge or recipient, which
 * anybody can have. Only somebody who has the right code is told what else is in the way (`Obstacle`); the code stays good.
 */
export function refusedGuess(
  c: Context<AppEnv>,
  { right, now }: Guess,
  { failed = [], counted, newest: [newest] }: CountResults,
  obstacle: Obstacle | null = null,
): AppError {
  warnOfGuesses(c, 'codes', failed)
  if (counted.length === 0 && newest && newest.wrong >= MAX_WRONG_A_DAY && newest.wrongSince + DAY_MS > now) {
    return tooMany('code_guesses', newest.wrongSince + DAY_MS - now)
  }
  if (right && counted.length > 0 && obstacle) return obstacleError(obstacle, now)
  return new AppError(newest?.isUsedUp ? 'code_attempts_exceeded' : 'invalid_code')
}
