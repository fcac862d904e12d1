import { and, eq, gt, isNotNull, ne, or, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { selectRow } from '../db/select-row'
import { windowFreeAt } from '../db/sliding-window'
import { DAY_MS } from '../lib/time'
import { limits } from '../limits'
import { pastIdentifiers, users } from './tables'
import type { Identifier } from './users'

/*
 * What users had before they changed a contact, the user name or the password. For seven days nobody else can take it, and the
 * notice of the change has a link that brings it back (`account/way-back.ts`).
 */

/** How long an identifier is kept for the user who had it, and how long the link works. */
export const KEPT_FOR_MS = 7 * DAY_MS

/**
 * True when one of these identifiers is kept for a user.
 * @param butFor the user who may have it all the same: it is theirs
 */
export function isReserved(
  db: Db,
  identifiers: readonly Identifier[],
  { butFor, now }: { butFor?: string; now: number },
): SQL<0 | 1> {
  const isOneOf = or(...identifiers.map(({ column, value }) => eq(pastIdentifiers[column], value)))
  if (!isOneOf) return sql`0`
  const isAnothers = butFor === undefined ? undefined : ne(pastIdentifiers.userId, butFor)
  const isRecent = gt(pastIdentifiers.changedAt, now - KEPT_FOR_MS)
  return sql`${existsRow(db, pastIdentifiers, and(isOneOf, isAnothers, isRecent))}`
}

/** A change of an account: its id, whose it is, what changes, and the MACs of the tokens that take it back. */
export interface AccountChange {
  id: string
  userId: string
  changed: (typeof pastIdentifiers.$inferSelect)['changed']
  linkMacs: { email: string; phone: string }
  now: number
}

/**
 * The statement that keeps what the user has now, if `onlyIf` holds.
 * @returns gives the contacts that the user has, for the notice
 */
export function keepIdentifiers(
  db: Db,
  { id, userId, changed, linkMacs, now }: AccountChange,
  onlyIf: SQL | undefined,
) {
  const row = {
    id,
    userId: sql`${users.id}`,
    changed,
    username: sql`${users.username}`,
    email: sql`${users.email}`,
    phone: sql`${users.phone}`,
    emailLinkMac: sql`CASE WHEN ${isNotNull(users.email)} THEN ${linkMacs.email} END`,
    phoneLinkMac: sql`CASE WHEN ${isNotNull(users.phone)} THEN ${linkMacs.phone} END`,
    changedAt: now,
  }
  return db
    .insert(pastIdentifiers)
    .select(selectRow(pastIdentifiers, row, sql`${and(eq(users.id, userId), onlyIf)}`, users))
    .returning({ email: pastIdentifiers.email, phone: pastIdentifiers.phone })
}

/** True once `keepIdentifiers` has kept something for this change. */
export const areKept = (db: Db, { id }: Pick<AccountChange, 'id'>): SQL =>
  existsRow(db, pastIdentifiers, eq(pastIdentifiers.id, id))

/** The contacts that were kept for this change, if it was made. */
export const findKept = (db: Db, { id }: Pick<AccountChange, 'id'>) =>
  db
    .select({ email: pastIdentifiers.email, phone: pastIdentifiers.phone })
    .from(pastIdentifiers)
    .where(eq(pastIdentifiers.id, id))
    .get()

/**
 * When the user may make another such change (ms), by `limits.account_changes`. A first contact does not count: nobody is told of
 * it, and nothing is reserved.
 */
export function nextChangeAt(db: Db, userId: string): SQL<number> {
  const counts = or(
    isNotNull(pastIdentifiers.email),
    isNotNull(pastIdentifiers.phone),
    eq(pastIdentifiers.changed, 'username'),
  )
  const rows = { table: pastIdentifiers, where: and(eq(pastIdentifiers.userId, userId), counts) }
  return windowFreeAt(db, { ...rows, at: pastIdentifiers.changedAt }, limits.account_changes)
}

/** True while the user may make another one. */
export const mayChangeAgain = (db: Db, userId: string, now: number): SQL => sql`${nextChangeAt(db, userId)} <= ${now}`
