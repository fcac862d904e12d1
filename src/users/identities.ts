import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { selectRow } from '../db/select-row'
import { identities, users } from './tables'

/*
 * Identities at providers. The unique index of issuer and subject decides whose an identity is.
 */

export type IdentityRow = typeof identities.$inferSelect

/** The key of a person at a provider. Never the e-mail address: it can get another owner. */
export type IdentityKey = Pick<IdentityRow, 'issuer' | 'subject'>

/** How many identities an account can have. */
export const MAX_IDENTITIES = 20

export const isIdentity = ({ issuer, subject }: IdentityKey): SQL | undefined =>
  and(eq(identities.issuer, issuer), eq(identities.subject, subject))

/** True of the user who has an identity. */
export const byIdentity = (db: Db, key: IdentityKey): SQL =>
  eq(users.id, sql`${db.select({ userId: identities.userId }).from(identities).where(isIdentity(key))}`)

/** True when a user has an identity. */
export const hasIdentity = (db: Db, key: IdentityKey, userId: string): SQL =>
  existsRow(db, identities, and(isIdentity(key), eq(identities.userId, userId)))

/** True while a user has room for one more. */
export const hasRoom = (db: Db, userId: string): SQL =>
  sql`${db.select({ count: sql`count(*)` }).from(identities).where(eq(identities.userId, userId))} < ${MAX_IDENTITIES}`

/**
 * The statement that gives a user an identity, if `onlyIf` holds.
 *
 * The race: an identity is linked to two accounts at once. The unique index lets one of them have it. Whoever goes on carries
 * `hasIdentity`.
 */
export const addIdentity = (db: Db, row: IdentityRow, onlyIf: SQL) =>
  db
    .insert(identities)
    .select(selectRow(identities, row, onlyIf))
    .onConflictDoNothing()
    .returning({ id: identities.id })
