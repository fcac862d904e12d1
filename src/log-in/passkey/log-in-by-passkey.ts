import type { Context } from 'hono'
import type { AppEnv } from '../../context'
import { AppError } from '../../errors'
import type { KnownDevice } from '../../sessions/known-device'
import type { LogInAnswer, TokenPlace } from '../../sessions/schemas'
import { obstacleError } from '../account-limits'
import { logIn } from '../log-in'
import { requireBegun } from '../outcome'
import { spend } from '../spent-tokens'
import { isStillProven, noteUse, type PasskeyAnswer, provePasskey, selectPasskey, tellIfCopied } from './use-passkey'

/** A log-in by a passkey. */
export interface LogInByPasskey extends PasskeyAnswer {
  tokensIn: TokenPlace
  device: KnownDevice
  now: number
}

/**
 * Logs somebody in by a passkey: reads it with its user, verifies the answer, and spends the challenge in the transaction that begins the
 * session.
 *
 * The races: one challenge is answered many times, and the passkey is removed meanwhile. Both are conditions of the session.
 * @throws {AppError} `unknown_passkey`, `invalid_passkey`, `account_blocked` or `unavailable`
 */
export async function logInByPasskey(c: Context<AppEnv>, input: LogInByPasskey): Promise<LogInAnswer> {
  const { tokensIn, device, now } = input
  const { db } = c.var
  const proven = await provePasskey(c, input, now)
  const { createdAt } = proven.passkey
  const outcome = await logIn(c, {
    method: 'passkey',
    // Who holds it was verified: something they have, and something that they know or are (NIST 3.1.7).
    secondFactor: { since: createdAt },
    proof: { provenBy: 'passkey', provenSince: createdAt },
    account: { kind: 'existing', user: proven.user },
    first: () => ({ passkey: selectPasskey(db, proven) }),
    proven: isStillProven(db, proven),
    last: (begun) => ({ spent: spend(db, [proven.challenge], begun), ...noteUse(c, proven, { now, begun }) }),
    tokensIn,
    device,
    now,
  })
  const { answer } = requireBegun(outcome, ({ first, obstacle }) => {
    if (first.passkey.length === 0) return new AppError('unknown_passkey')
    return obstacle ? obstacleError(obstacle, now) : new AppError('invalid_passkey')
  })
  tellIfCopied(c, proven)
  return answer
}
