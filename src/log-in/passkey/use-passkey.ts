import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { record } from '../../activity/activity'
import type { AppEnv } from '../../context'
import type { Db } from '../../db/client'
import { AppError } from '../../errors'
import { clientInfo } from '../../http/client-info'
import { contactsOf, notify } from '../../notices/notify'
import { hasPasskey, isPasskey, type PasskeyRow } from '../../users/passkeys'
import { passkeys, users } from '../../users/tables'
import type { UserRow } from '../../users/users'
import { areUnspent, type OneTimeToken } from '../spent-tokens'
import { stopRemoval } from '../stop-removals'
import { findLogInChallenge } from './challenge'
import { relyingPartyOf } from './relying-party'
import type { LogInResponse } from './schemas'
import { challengeOf, hasGoneBack, type UsedPasskey, verifyLogIn } from './verify'

/*
 * A passkey that is used: to log in, or as the second factor of another log-in.
 */

/** What an authenticator answered to a challenge of `POST passkeys/options`. */
export interface PasskeyAnswer {
  response: LogInResponse
  /** Where the client has no cookies. */
  challengeToken?: string | undefined
}

/** A passkey whose answer is right. Its challenge is not spent yet. */
export interface ProvenPasskey {
  passkey: PasskeyRow
  user: UserRow
  used: UsedPasskey
  /** How the challenge is spent. */
  challenge: OneTimeToken
}

/**
 * Reads a passkey with its user, and verifies its answer.
 * @throws {AppError} `unknown_passkey`, `invalid_passkey` or `unavailable`
 */
export async function provePasskey(
  c: Context<AppEnv>,
  { response, challengeToken }: PasskeyAnswer,
  now: number,
): Promise<ProvenPasskey> {
  const { config, db } = c.var
  const challenge = challengeOf(response)
  const token = await findLogInChallenge(c, { challengeToken, challenge }, now)
  if (!token) throw new AppError('invalid_passkey')
  const { passkey, user } = await findPasskey(db, response.id)
  const used = await verifyLogIn(response, relyingPartyOf(config), { challenge, passkey })
  return { passkey, user, used, challenge: token }
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

/** True while the passkey is there, and its challenge was not used. */
export const isStillProven = (db: Db, { passkey, challenge }: ProvenPasskey): SQL =>
  sql`${areUnspent(db, [challenge])} AND ${hasPasskey(db, passkey)}`

/** The query of whether the passkey is still there. */
export const selectPasskey = (db: Db, { passkey }: ProvenPasskey) =>
  db.select({ id: passkeys.id }).from(passkeys).where(isPasskey(passkey))

/**
 * The statements that note the use of a passkey, once the session has begun. They also stop requests to remove it or the second factor.
 *
 * A counter that went back is recorded, and is no reason to refuse anybody: a device that was reset counts anew (WebAuthn 6.1.1). Of two
 * log-ins at once, neither makes the counter of the other go back.
 */
export function noteUse(
  c: Context<AppEnv>,
  { passkey, used }: ProvenPasskey,
  { now, begun }: { now: number; begun: SQL },
) {
  const { db } = c.var
  const { counter, ...flags } = used
  const { userId, id } = passkey
  const client = clientInfo(c)
  const isBack = hasGoneBack(passkey, used)
  const entry = { userId, event: 'passkey_maybe_copied' as const, client, now, sequence: 2 }
  return {
    recordedCopy: isBack ? record(db, entry, begun) : undefined,
    used: db
      .update(passkeys)
      .set({ ...flags, counter: isBack ? counter : sql`max(${passkeys.counter}, ${counter})`, lastUsedAt: now })
      .where(and(isPasskey(passkey), begun)),
    // The owner is there, so nobody else decides that something is to go.
    stoppedErasure: stopRemoval(db, { userId, secondFactor: true }, { client, now, onlyIf: begun }),
    stoppedRemoval: stopRemoval(db, { userId, passkey: id }, { client, now, onlyIf: begun }),
  }
}

/** Tells the owner if somebody may have copied the passkey. */
export function tellIfCopied(c: Context<AppEnv>, { passkey, used, user }: ProvenPasskey): void {
  if (hasGoneBack(passkey, used)) notify(c, { to: contactsOf(user), purpose: 'passkey_maybe_copied' })
}
