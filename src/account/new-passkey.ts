import { and, eq, isNull, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { record } from '../activity/activity'
import type { Config } from '../config'
import type { Db } from '../db/client'
import { AppError } from '../errors'
import type { ClientInfo } from '../http/client-info'
import { isoTime } from '../lib/time'
import { type ProvenCaller, unproven, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import type { Registration } from '../log-in/passkey/challenge'
import { passkeyProviderName } from '../log-in/passkey/provider-names'
import type { NewPasskey } from '../log-in/passkey/verify'
import { areUnspent, spend } from '../log-in/spent-tokens'
import { asCaller } from '../sessions/as-caller'
import type { Caller } from '../sessions/sessions'
import { sessions } from '../sessions/tables'
import { addPasskey, hasPasskey, isPasskey, MAX_PASSKEYS, type PasskeyRow } from '../users/passkeys'
import { passkeys, users } from '../users/tables'
import type { UserRow } from '../users/users'

/**
 * The user who wants a passkey, and the passkeys that they have: what an authenticator is asked with.
 * @throws {AppError} `too_many_passkeys`, `unauthenticated`, or as `unproven`
 */
export async function readForRegistration(
  proven: ProvenCaller,
  now: number,
): Promise<{ user: UserRow; own: PasskeyRow[] }> {
  const { caller, db } = proven
  const results = await asCaller(db, caller, now, (whileLive) => ({
    user: db.select().from(users).where(whileProven(proven, whileLive)),
    own: db.select().from(passkeys).where(eq(passkeys.userId, caller.userId)),
  }))
  const [user] = results.user
  if (!user) throw await unproven(proven)
  if (results.own.length >= MAX_PASSKEYS) throw new AppError('too_many_passkeys')
  return { user, own: results.own }
}

/** The row of a passkey that is added now. Without a name it has that of who keeps it, or of the device and the day. */
export function newPasskeyRow(
  passkey: NewPasskey & Pick<PasskeyRow, 'transports'>,
  { userId, name, client, now }: { userId: string; name: string | undefined; client: ClientInfo; now: number },
): PasskeyRow {
  const given =
    name ?? passkeyProviderName(passkey.aaguid) ?? `${client.device ?? 'Passkey'}, ${isoTime(now).slice(0, 10)}`
  const about = { id: uuidv7({ msecs: now }), userId, name: given }
  return { ...passkey, ...about, createdAt: now, lastUsedAt: null }
}

/**
 * Gives the caller a passkey, which spends its challenge. If the caller has it already, nothing changes: a client whose answer got lost
 * may ask again.
 *
 * The race: one challenge is answered many times, or many passkeys are added at once. What was proven, the spent challenge, the count and
 * the unique index are conditions of the insert.
 * @returns the passkey, and its user if it is new
 * @throws {AppError} `invalid_passkey`, `passkey_taken`, `too_many_passkeys`, `unauthenticated`
 */
export async function addOwnPasskey(
  { caller, config, db }: { caller: Caller; config: Config; db: Db },
  row: PasskeyRow,
  { registration, client, now }: { registration: Registration; client: ClientInfo; now: number },
): Promise<{ row: PasskeyRow; user: UserRow | null }> {
  const { userId, sessionId } = caller
  const isUnspent = areUnspent(db, [registration])
  const isAdded = hasPasskey(db, row)
  const results = await asCaller(db, caller, now, (whileLive) => {
    const isProven = sql`${db
      .select({ stamp: users.proofStamp })
      .from(users)
      .where(eq(users.id, userId))} = ${registration.proofStamp}`
    return {
      before: db.select({ isGood: sql<0 | 1>`${isUnspent} AND ${isProven}`.as('is_good') }).from(sql`(SELECT 1)`),
      added: addPasskey(db, row, sql`${isUnspent} AND ${isProven} AND ${whileLive}`),
      recorded: record(
        db,
        { userId, sessionId, event: 'passkey_added', client, now },
        sql`${isAdded} AND ${whileLive}`,
      ),
      spent: spend(db, [registration], sql`${isAdded} AND ${whileLive}`),
      // It is a second factor there, and this session has it.
      session:
        config.REQUIRE_SECOND_FACTOR === 'all'
          ? db
              .update(sessions)
              .set({ secondFactorSince: now })
              .where(and(eq(sessions.id, sessionId), isNull(sessions.secondFactorSince), isAdded, whileLive))
          : undefined,
      holder: db.select().from(passkeys).where(eq(passkeys.credentialId, row.credentialId)),
      user: db.select().from(users).where(eq(users.id, userId)),
    }
  })
  const [holder] = results.holder
  const [user] = results.user
  if (results.added.length > 0 && user) return { row, user }
  if (holder?.userId === userId && holder.publicKey === row.publicKey) return { row: holder, user: null }
  if (!results.before[0]?.isGood) throw new AppError('invalid_passkey')
  throw new AppError(holder ? 'passkey_taken' : 'too_many_passkeys')
}

/** The passkey that was to be added, if it was, with its user. For when the answer of D1 was lost. */
export async function findAdded(db: Db, row: PasskeyRow): Promise<UserRow | undefined> {
  const [found] = await db
    .select({ user: users })
    .from(passkeys)
    .innerJoin(users, eq(users.id, passkeys.userId))
    .where(isPasskey(row))
  return found?.user
}
