import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import type { Contact } from './contacts'
import { users } from './tables'
import { byContact } from './users'

/*
 * What ends the codes and verification tokens that are out, and the pending links to providers. Each account has a random
 * stamp, and a code or a token carries the stamp that the account of its contact had when the code was asked for. A new password, a
 * contact that is set or removed, and the end of all sessions give the account another stamp.
 *
 * | when the code was asked for | when the code or the token is used | it is |
 * |---|---|---|
 * | an account had the contact | the same account has it, with the same stamp | accepted |
 * | an account had the contact | that account has another stamp | refused |
 * | an account had the contact | nobody has it, or another account | refused |
 * | nobody had the contact | nobody has it | accepted |
 * | nobody had the contact | an account has it | refused |
 */

/** A contact that a code was asked for, with the stamp of its account. `stamp` is null if nobody had the contact. */
export interface StampedContact extends Contact {
  stamp: string | null
}

/** For the `set` of an update of `users` that ends the codes and tokens that are out. */
export const endProofs = { proofStamp: sql<string>`lower(hex(randomblob(16)))` }

/** THE condition that a code or a token still counts. What it permits carries this condition. */
export const hasSameStamp = (db: Db, { stamp, ...contact }: StampedContact): SQL =>
  sql`${db.select({ stamp: users.proofStamp }).from(users).where(byContact(contact))} IS ${stamp}`
