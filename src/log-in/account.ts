import { eq, type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { selectRow } from '../db/select-row'
import { clientAddress } from '../http/client-address'
import { isZone } from '../lib/zone'
import { addIdentity, type IdentityRow } from '../users/identities'
import { users } from '../users/tables'
import type { UserRow } from '../users/users'

/** Whose session is to begin. `heldBy` is true of the rows of `users` that have an identifier of `user`. */
export type Account =
  /** `hasSecondFactor` is what was read. Whether it has one, the transaction decides. */
  | { kind: 'existing'; user: UserRow; hasSecondFactor?: boolean }
  /** An account that is there, whose row nobody has read yet. */
  | { kind: 'existing_by_id'; userId: string }
  /** Makes the account. It fails if somebody has one of its identifiers. */
  | { kind: 'new'; user: UserRow; heldBy: SQL }
  /**
   * Uses the account for which `heldBy` holds, or makes one. An account that is made has the identity, and then `heldBy` must hold for it.
   */
  | { kind: 'existing_or_new'; user: UserRow; heldBy: SQL; identity?: IdentityRow }

/** Whether the account is there already, and none is made. */
export const isThere = (account: Account): account is Extract<Account, { kind: 'existing' | 'existing_by_id' }> =>
  account.kind === 'existing' || account.kind === 'existing_by_id'

/**
 * An account that is made now starts in the time zone of the client's address, as Cloudflare knows it. Its user can change that. For a
 * developer's own computer, `wrangler dev` only makes one up.
 */
export function inZoneOfClient(c: Context, account: Account): Account {
  const timeZone = clientAddress(c) === null ? null : c.req.raw.cf?.timezone
  if (isThere(account) || typeof timeZone !== 'string' || !isZone(timeZone)) return account
  return { ...account, user: { ...account.user, timeZone } }
}

/** The user's id. If the account may exist already, only the transaction knows the id. */
export function idOf(db: Db, account: Account): string | SQL {
  if (account.kind === 'existing_by_id') return account.userId
  return account.kind === 'existing_or_new'
    ? sql`${db.select({ id: users.id }).from(users).where(account.heldBy)}`
    : account.user.id
}

/** The row of the user, as far as it is known. @param holders what the statement `holders` of `makeAccount` gave */
export const userOf = (account: Account, holders: UserRow[]): UserRow | undefined =>
  account.kind === 'existing' || account.kind === 'new' ? account.user : holders[0]

/** True when this transaction has made the account: its id is new. */
export const isMade = (db: Db, account: Account): SQL =>
  'user' in account && account.kind !== 'existing' ? existsRow(db, users, eq(users.id, account.user.id)) : sql`false`

/**
 * The statements that make an account, where `proven` holds, and find who has its identifiers.
 *
 * The race: many requests make an account with one user name, contact, identity or token. The UNIQUE indexes, `heldBy` and the spent
 * proof let one of them make a row. The others make none.
 */
export function makeAccount(db: Db, account: Account, proven: SQL) {
  const none = { made: undefined, identified: undefined }
  if (account.kind === 'existing') return { ...none, holders: undefined }
  if (account.kind === 'existing_by_id') {
    return { ...none, holders: db.select().from(users).where(eq(users.id, account.userId)) }
  }
  return {
    made: db
      .insert(users)
      .select(selectRow(users, account.user, sql`${proven} AND NOT ${existsRow(db, users, account.heldBy)}`))
      .onConflictDoNothing()
      .returning({ id: users.id }),
    identified:
      account.kind === 'existing_or_new' && account.identity
        ? addIdentity(db, account.identity, isMade(db, account))
        : undefined,
    holders: db.select().from(users).where(account.heldBy),
  }
}
