import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { record } from '../../activity/activity'
import type { AppEnv } from '../../context'
import type { Db } from '../../db/client'
import { AppError } from '../../errors'
import { clientInfo } from '../../http/client-info'
import { contactsOf, notify } from '../../notices/notify'
import type { KnownDevice } from '../../sessions/known-device'
import type { LogInAnswer, TokenPlace } from '../../sessions/schemas'
import { hasPasskey, isPasskey, type PasskeyRow } from '../../users/passkeys'
import { passkeys, users } from '../../users/tables'
import type { UserRow } from '../../users/users'
import { obstacleError } from '../account-limits'
import { logIn } from '../log-in'
import { requireBegun } from '../outcome'
import { areUnspent, spend } from '../spent-tokens'
import { stopRemoval } from '../stop-removals'
import { findLogIn } from './challenge'
import { relyingPartyOf } from './relying-party'
import type { LogInResponse } from './schemas'
import { challengeOf, hasGoneBack, type UsedPasskey, verifyLogIn } from './verify'

/** A log-in by a passkey. */
export interface LogInByPasskey {
  response: LogInResponse
  /** Where the client has no cookies. */
  challengeToken: string | undefined
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
  const { response, challengeToken, tokensIn, device, now } = input
  const { config, db } = c.var
  const challenge = challengeOf(response)
  const token = await findLogIn(c, { challengeToken, challenge }, now)
  if (!token) throw new AppError('invalid_passkey')
  const { passkey, user } = await findPasskey(db, response.id)
  const used = await verifyLogIn(response, relyingPartyOf(config), { challenge, passkey })
  const isThere = hasPasskey(db, passkey)
  const userId = user.id
  const client = clientInfo(c)
  const outcome = await logIn(c, {
    method: 'passkey',
    // Who holds it was verified: something they have, and something that they know or are (NIST 3.1.7).
    secondFactor: 'included',
    proof: { provenBy: 'passkey', provenSince: passkey.createdAt },
    account: { kind: 'existing', user },
    first: () => ({ passkey: db.select({ id: passkeys.id }).from(passkeys).where(isPasskey(passkey)) }),
    proven: sql`${areUnspent(db, [token])} AND ${isThere}`,
    last: (begun) => ({
      spent: spend(db, [token], begun),
      ...noteUse(c, { passkey, used, now }, begun),
      // The owner is there, so nobody else decides that something is to go.
      stoppedErasure: stopRemoval(db, { userId, secondFactor: true }, { client, now, onlyIf: begun }),
      stoppedRemoval: stopRemoval(db, { userId, passkey: passkey.id }, { client, now, onlyIf: begun }),
    }),
    tokensIn,
    device,
    now,
  })
  const { answer } = requireBegun(outcome, ({ first, obstacle }) => {
    if (first.passkey.length === 0) return new AppError('unknown_passkey')
    return obstacle ? obstacleError(obstacle, now) : new AppError('invalid_passkey')
  })
  if (hasGoneBack(passkey, used)) notify(c, { to: contactsOf(user), purpose: 'passkey_maybe_copied' })
  return answer
}

/** @throws {AppError} `unknown_passkey` */
async function findPasskey(db: Db, credentialId: string): Promise<{ passkey: PasskeyRow; user: UserRow }> {
  const [found] = await db
    .select({ passkey: passkeys, user: users })
    .from(passkeys)
    .innerJoin(users, eq(users.id, passkeys.userId))
    .where(eq(passkeys.credentialId, credentialId))
  if (!found) throw new AppError('unknown_passkey')
  return found
}

/**
 * The statements that note the use of a passkey. A counter that went back is recorded, and is no reason to refuse anybody: a device that
 * was reset counts anew (WebAuthn 6.1.1). Of two log-ins at once, neither makes the counter of the other go back.
 */
function noteUse(
  c: Context<AppEnv>,
  { passkey, used, now }: { passkey: PasskeyRow; used: UsedPasskey; now: number },
  begun: SQL,
) {
  const { db } = c.var
  const { counter, ...flags } = used
  const isBack = hasGoneBack(passkey, used)
  const entry = {
    userId: passkey.userId,
    event: 'passkey_maybe_copied' as const,
    client: clientInfo(c),
    now,
    sequence: 2,
  }
  return {
    recordedCopy: isBack ? record(db, entry, begun) : undefined,
    used: db
      .update(passkeys)
      .set({ ...flags, counter: isBack ? counter : sql`max(${passkeys.counter}, ${counter})`, lastUsedAt: now })
      .where(and(isPasskey(passkey), begun)),
  }
}
