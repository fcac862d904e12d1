import { sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../../context'
import { AppError } from '../../errors'
import { clientInfo } from '../../http/client-info'
import type { LogInAnswer } from '../../sessions/schemas'
import { logIn } from '../log-in'
import { requireBegun } from '../outcome'
import {
  isStillProven,
  noteUse,
  type PasskeyAnswer,
  provePasskey,
  selectPasskey,
  tellIfCopied,
} from '../passkey/use-passkey'
import { spend } from '../spent-tokens'
import { oneTimeTokenOf, type WaitingLogIn } from './token'
import { isUsable, stopRemovalOfFirst } from './waiting-log-in'

/**
 * Goes on with a log-in by a passkey of the same account. An answer of a passkey cannot be guessed, so it counts as no guess at a code: it
 * neither waits for them nor clears them.
 *
 * The races: the challenge or the token is used many times, and the passkey is removed meanwhile. All are conditions of the session.
 * @throws {AppError} `unknown_passkey`, `invalid_passkey`, `invalid_second_factor_token` or `unavailable`
 */
export async function goOnByPasskey(
  c: Context<AppEnv>,
  waiting: WaitingLogIn,
  answered: PasskeyAnswer,
  now: number,
): Promise<LogInAnswer> {
  const { db } = c.var
  const proven = await provePasskey(c, answered, now)
  const { passkey, user } = proven
  if (passkey.userId !== waiting.userId) throw new AppError('invalid_passkey')
  const usable = isUsable(db, waiting)
  const outcome = await logIn(c, {
    ...waiting,
    account: { kind: 'existing', user },
    secondFactor: { since: passkey.createdAt, by: 'passkey' },
    first: (isPossible) => ({
      passkey: selectPasskey(db, proven),
      allowed: db.select({ is: sql<0 | 1>`${usable} AND ${isPossible}`.as('is_allowed') }).from(sql`(SELECT 1)`),
    }),
    proven: sql`${isStillProven(db, proven)} AND ${usable}`,
    last: (begun) => ({
      spent: spend(db, [proven.challenge, oneTimeTokenOf(waiting)], begun),
      ...noteUse(c, proven, { now, begun }),
      stoppedRemovalOfFirst: stopRemovalOfFirst(db, waiting, { client: clientInfo(c), now, onlyIf: begun }),
    }),
    now,
  })
  const { answer } = requireBegun(outcome, ({ first }) => {
    if (!first.allowed[0]?.is) return new AppError('invalid_second_factor_token')
    return new AppError(first.passkey.length === 0 ? 'unknown_passkey' : 'invalid_passkey')
  })
  tellIfCopied(c, proven)
  return answer
}
