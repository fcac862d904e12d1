import { type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../../context'
import type { ResultsOf } from '../../db/batch-named'
import { AppError } from '../../errors'
import { clientInfo } from '../../http/client-info'
import type { LogInAnswer } from '../../sessions/schemas'
import { tooMany } from '../../too-many'
import { logIn } from '../log-in'
import { requireBegun } from '../outcome'
import { recordFailure } from '../password/record-failure'
import { spend } from '../spent-tokens'
import { stopRemoval } from '../stop-removals'
import { compareSecondFactor, hasPassed, passSecondFactor } from './compare-second-factor'
import { type GuessCounts, logInKey } from './guess-limits'
import { tellOfRecoveryCode } from './prove-second-factor'
import type { TypedCode } from './schemas'
import { oneTimeTokenOf, type WaitingLogIn } from './token'
import { isUsable, stopRemovalOfFirst } from './waiting-log-in'

/**
 * Goes on with a log-in by a code of the app, or a recovery code.
 * @throws {AppError} `invalid_code`, `invalid_second_factor_token`, `too_many_attempts` or `unavailable`
 */
export async function goOnByCode(
  c: Context<AppEnv>,
  waiting: WaitingLogIn,
  code: TypedCode,
  now: number,
): Promise<LogInAnswer> {
  const { db, keys } = c.var
  const { userId, factor } = waiting
  // Only a passkey will do, so there is no code to guess.
  if (!factor) throw new AppError('invalid_code')
  const guess = await compareSecondFactor(keys, { userId, ...factor }, code, now)
  const counts = { key: logInKey(db, userId, waiting.device), token: waiting.jti, now }
  const outcome = await logIn(c, {
    ...waiting,
    account: { kind: 'existing_by_id', userId },
    secondFactor: { since: factor.since, by: guess.method },
    first: (isPossible) => passSecondFactor(db, guess, counts, sql`${isUsable(db, waiting)} AND ${isPossible}`),
    proven: hasPassed(db, guess),
    last: (begun) => endingOf(c, waiting, { now, begun }),
    now,
  })
  const { answer, first, user } = requireBegun(outcome, (refused) => refusal(c, refused, counts, userId))
  const left = first.passed.flatMap(({ recoveryHashes }) => recoveryHashes).length
  if (guess.method === 'recovery_code') tellOfRecoveryCode(c, user, left)
  return answer
}

function endingOf(c: Context<AppEnv>, waiting: WaitingLogIn, { now, begun }: { now: number; begun: SQL }) {
  const { db } = c.var
  const about = { client: clientInfo(c), now, onlyIf: begun }
  return {
    spent: spend(db, [oneTimeTokenOf(waiting)], begun),
    // The owner is there, so nobody else decides that something is to go.
    stoppedErasure: stopRemoval(db, { userId: waiting.userId, secondFactor: true }, about),
    stoppedRemoval: stopRemovalOfFirst(db, waiting, about),
  }
}

/** The error for a guess that was not accepted. A right one and a wrong one get the same while the account has to wait. */
function refusal(
  c: Context<AppEnv>,
  { first }: { first: ResultsOf<ReturnType<typeof passSecondFactor>> },
  { now }: GuessCounts,
  userId: string,
): AppError {
  const [state] = first.state
  if (!first.allowed[0]?.is || state?.isUsedUp) return new AppError('invalid_second_factor_token')
  if (state && state.blockedUntil > now) return tooMany('second_factor_failures', state.blockedUntil - now)
  recordFailure(c, { userId, event: 'second_factor_failed' }, 'codes')
  return new AppError('invalid_code')
}
