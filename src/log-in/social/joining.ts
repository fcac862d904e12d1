import type { UserRow } from '../../users/users'
import type { ProvenIdentity } from './proven-identity'

/** What D1 knows about an identity: whose it is, and who has the address that the provider has verified. */
export interface Known {
  /** The user who has the identity, since when (ms), and whether the account has a second factor. */
  owner: { user: UserRow; linkedAt: number; hasSecondFactor: boolean } | undefined
  /** The user who has the address. An account has an address only if its owner has proven it. */
  holder: { user: UserRow; hasSecondFactor: boolean } | undefined
}

/** Which account an identity leads to. */
export type Joining =
  | { kind: 'known'; user: UserRow; linkedAt: number; hasSecondFactor: boolean }
  | { kind: 'joined'; user: UserRow }
  | { kind: 'needs_proof' }
  | { kind: 'new' }

/**
 * THE rules of joining. An identity is known by its issuer and subject alone. Its address only matters the first time.
 *
 * | the identity | its address | an account has that address | what happens |
 * |---|---|---|---|
 * | is somebody's | any | any | 1. its user is logged in |
 * | is new | verified by the provider that runs the mailbox | yes | 2. it is linked to that account, whose owner is told |
 * | is new | verified by another provider | yes | 3. the person proves the address by a code, and then links it |
 * | is new | verified by any provider | yes, and it has a second factor | 3. the same |
 * | is new | verified | no | 4. a new account, with the address |
 * | is new | not verified, or none | nobody looks | 5. a new account, without an address |
 *
 * Row 3 is for addresses with a new owner. A provider that has verified an address long ago does not know who reads its mail today.
 * Whoever runs the mailbox has only one factor, and a new way to log in would stay, so an account with two is not joined by its address.
 * Row 5 looks nothing up, so it tells nobody whether an address has an account.
 */
export function chooseAccount({ email }: Pick<ProvenIdentity, 'email'>, { owner, holder }: Known): Joining {
  if (owner) return { kind: 'known', ...owner }
  if (!holder || !email) return { kind: 'new' }
  return email.isOwned && !holder.hasSecondFactor ? { kind: 'joined', user: holder.user } : { kind: 'needs_proof' }
}
