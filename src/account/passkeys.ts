import { sql } from 'drizzle-orm'
import { type PasskeyWithRequest, selectPasskeys } from '../account-data/passkeys'
import type { Db } from '../db/client'
import { AppError } from '../errors'
import type { ProvenCaller } from '../log-in/fresh-proof/require-fresh-proof'
import { asCaller } from '../sessions/as-caller'
import type { Caller } from '../sessions/sessions'
import { isPasskey, type PasskeyRow } from '../users/passkeys'
import { passkeys } from '../users/tables'
import type { Asking } from './removal-requests'
import { type RemovalOutcome, removeCredential } from './remove-credential'

/** @throws {AppError} `unauthenticated` */
export async function listPasskeys(db: Db, caller: Caller, now: number): Promise<PasskeyWithRequest[]> {
  const { mine } = await asCaller(db, caller, now, () => ({ mine: selectPasskeys(db, caller.userId, now) }))
  return mine
}

/** @throws {AppError} `not_found`, `unauthenticated` */
export async function renamePasskey(
  { caller, db }: { caller: Caller; db: Db },
  { id, name }: Pick<PasskeyRow, 'id' | 'name'>,
  now: number,
): Promise<PasskeyWithRequest> {
  const { userId } = caller
  const results = await asCaller(db, caller, now, (whileLive) => ({
    renamed: db
      .update(passkeys)
      .set({ name })
      .where(sql`${isPasskey({ userId, id })} AND ${whileLive}`),
    mine: selectPasskeys(db, userId, now),
  }))
  const renamed = results.mine.find((one) => one.id === id)
  if (!renamed) throw new AppError('not_found')
  return renamed
}

/**
 * Removes a passkey of the caller, or asks for it.
 * @throws {AppError} as `removeCredential`
 */
export const removePasskey = (
  proven: ProvenCaller,
  id: string,
  by: Pick<Asking, 'client' | 'linkMac' | 'now'>,
): Promise<RemovalOutcome> =>
  removeCredential(
    proven,
    { target: { passkey: id }, table: passkeys, event: 'passkey_removed', detail: null, about: sql<null>`NULL` },
    by,
  )
