import { and, eq, sql } from 'drizzle-orm'
import { type IdentityWithRequest, selectIdentities } from '../account-data/identities'
import type { Db } from '../db/client'
import type { ProvenCaller } from '../log-in/fresh-proof/require-fresh-proof'
import { asCaller } from '../sessions/as-caller'
import type { Caller } from '../sessions/sessions'
import type { ProviderId } from '../users/provider-ids'
import { identities } from '../users/tables'
import type { UserRow } from '../users/users'
import type { Asked, Asking } from './removal-requests'
import { removeCredential } from './remove-credential'

/** @throws {AppError} `unauthenticated` */
export async function listIdentities(db: Db, caller: Caller, now: number): Promise<IdentityWithRequest[]> {
  const results = await asCaller(db, caller, now, () => ({ mine: selectIdentities(db, caller.userId, now) }))
  return results.mine
}

/** What became of the removal of an identity. */
export type UnlinkOutcome = { kind: 'removed'; user: UserRow; provider: ProviderId } | Asked

/**
 * Removes an identity of the caller, or asks for it.
 * @throws {AppError} as `removeCredential`
 */
export async function unlinkIdentity(
  proven: ProvenCaller,
  id: string,
  by: Pick<Asking, 'client' | 'linkMac' | 'now'>,
): Promise<UnlinkOutcome> {
  const { caller, db } = proven
  const provider = db
    .select({ detail: sql`json_object('provider', ${identities.provider})` })
    .from(identities)
    .where(and(eq(identities.userId, caller.userId), eq(identities.id, id)))
  const { about, ...outcome } = await removeCredential<ProviderId>(
    proven,
    {
      target: { identity: id },
      table: identities,
      event: 'identity_unlinked',
      detail: sql`${provider}`,
      about: sql`${identities.provider}`,
    },
    by,
  )
  return { ...outcome, provider: about }
}
