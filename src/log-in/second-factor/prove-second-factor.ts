import { sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../../context'
import { AppError } from '../../errors'
import { contactsOf, notify } from '../../notices/notify'
import { asCaller } from '../../sessions/as-caller'
import { tooMany } from '../../too-many'
import type { UserRow } from '../../users/users'
import { recordFailure } from '../password/record-failure'
import { type ConfirmedFactor, compareSecondFactor, passSecondFactor } from './compare-second-factor'
import { factorProofKey } from './guess-limits'
import { FEW_LEFT } from './recovery-codes'
import type { TypedCode } from './schemas'

/**
 * Proves the caller's second factor, and spends the code. Wrong ones are counted, so that somebody with a stolen session cannot guess.
 * @throws {AppError} `wrong_second_factor`, `too_many_attempts` or `unauthenticated`
 */
export async function proveSecondFactor(
  c: Context<AppEnv>,
  { user, factor }: { user: UserRow; factor: ConfirmedFactor },
  typed: TypedCode,
): Promise<void> {
  const { caller, db, keys } = c.var
  const { userId, sessionId } = caller
  const now = Date.now()
  const guess = await compareSecondFactor(keys, factor, typed, now)
  const counts = { key: factorProofKey(userId), now }
  const { state, passed } = await asCaller(db, caller, now, (whileLive) =>
    passSecondFactor(db, guess, counts, sql`${whileLive}`),
  )
  if (passed[0]) {
    if (guess.method === 'recovery_code') tellOfRecoveryCode(c, user, passed[0].recoveryHashes.length)
    return
  }
  for (const { blockedUntil } of state) {
    if (blockedUntil > now) throw tooMany('second_factor_failures', blockedUntil - now)
  }
  recordFailure(c, { userId, sessionId, event: 'second_factor_failed' }, 'codes')
  throw new AppError('wrong_second_factor')
}

/** Tells the owner that a recovery code was used. If few are left, it says so. */
export const tellOfRecoveryCode = (c: Context<AppEnv>, user: UserRow, left: number): void =>
  notify(c, { to: contactsOf(user), purpose: left <= FEW_LEFT ? 'recovery_codes_few' : 'recovery_code_used' })
