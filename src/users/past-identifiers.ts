import { and, eq, gt, inArray, isNotNull, lte, ne, or, type SQL, sql } from 'drizzle-orm'
import { alias, type SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { selectRow } from '../db/select-row'
import { windowFreeAt } from '../db/sliding-window'
import { DAY_MS } from '../lib/time'
import { limits } from '../limits'
import { pastIdentifiers, users } from './tables'
import type { Identifier } from './users'

/*
 * What users had before they changed a contact, the user name or the password, or turned a second factor on. For seven days nobody else can take it, and the
 * notice of the change has a link that brings it back (`account/way-back.ts`).
 */

/** How long an identifier is kept for the user who had it, and how long the link works. */
export const KEPT_FOR_MS = 7 * DAY_MS

/**
 * True when one of these identifiers is kept for another user.
 * @param forUser the user who would have it. What is kept for that user is not reserved.
 */
export function isReserved(
  db: Db,
  identifiers: readonly Identifier[],
  { forUser, now }: { forUser?: string; now: number },
): SQL<0 | 1> {
  const isOneOf = or(...identifiers.map(({ column, value }) => eq(pastIdentifiers[column], value)))
  if (!isOneOf) return sql`0`
  const isAnothers = forUser === undefined ? undefined : ne(pastIdentifiers.userId, forUser)
  const isRecent = gt(pastIdentifiers.changedAt, now - KEPT_FOR_MS)
  return sql`${existsRow(db, pastIdentifiers, and(isOneOf, isAnothers, isRecent))}`
}

type Row = typeof pastIdentifiers.$inferSelect

/** The contacts from before a change, who are told of it, and the MACs of their links. */
export type PastContacts = Pick<Row, 'email' | 'phone' | 'emailLinkMac' | 'phoneLinkMac'>

const pastContacts = {
  email: pastIdentifiers.email,
  phone: pastIdentifiers.phone,
  emailLinkMac: pastIdentifiers.emailLinkMac,
  phoneLinkMac: pastIdentifiers.phoneLinkMac,
}

/** A change of an account: its id, whose it is, what changes, and the MACs of the tokens that take it back. */
export interface AccountChange {
  id: string
  userId: string
  changed: Exclude<Row['changed'], 'undone'>
  linkMacs: { email: string; phone: string }
  now: number
}

/**
 * The statement that keeps what the user has now, if `onlyIf` holds. It decides whether the change is made: the other statements of its
 * batch carry `isKept`. A contact gets a link only if it has not changed for seven days, so a thief who adds one cannot take the changes
 * of the owner back.
 * @returns gives a row if the change is made
 */
export function keepIdentifiers(db: Db, change: AccountChange, onlyIf: SQL | undefined) {
  const { id, userId, changed, linkMacs, now } = change
  const ifOld = (since: SQLiteColumn, has: SQLiteColumn, value: string | SQLiteColumn) =>
    sql`CASE WHEN ${and(isNotNull(has), isOld(since, now))} THEN ${value} END`
  const row = {
    id,
    userId: sql`${users.id}`,
    changed,
    username: sql`${users.username}`,
    email: sql`${users.email}`,
    phone: sql`${users.phone}`,
    passwordHash: ifOld(users.passwordChangedAt, users.passwordHash, users.passwordHash),
    passwordVersion: sql`${users.passwordVersion}`,
    emailLinkMac: ifOld(users.emailChangedAt, users.email, linkMacs.email),
    phoneLinkMac: ifOld(users.phoneChangedAt, users.phone, linkMacs.phone),
    changedAt: laterThanLast(db, userId, now),
  }
  return db
    .insert(pastIdentifiers)
    .select(selectRow(pastIdentifiers, row, sql`${and(eq(users.id, userId), onlyIf)}`, users))
    .returning(pastContacts)
}

/** True if the user has had something for seven days, or since the account was made. */
const isOld = (since: SQLiteColumn, now: number) => or(lte(since, now - KEPT_FOR_MS), eq(since, users.createdAt))

/** The time of a change (ms), in the order in which D1 makes the user's changes. */
function laterThanLast(db: Db, userId: string, now: number): SQL<number> {
  const others = alias(pastIdentifiers, 'others')
  const last = db
    .select({ at: sql`max(${others.changedAt})` })
    .from(others)
    .where(eq(others.userId, userId))
  return sql`max(${now}, coalesce(${last}, 0) + 1)`
}

/** True once `keepIdentifiers` has kept what the user had before this change, so the change is made. */
export const isKept = (db: Db, { id }: Pick<AccountChange, 'id'>): SQL =>
  existsRow(db, pastIdentifiers, eq(pastIdentifiers.id, id))

/** The contacts from before this change, if it was made. */
export const findPastContacts = (db: Db, { id }: Pick<AccountChange, 'id'>): Promise<PastContacts | undefined> =>
  db.select(pastContacts).from(pastIdentifiers).where(eq(pastIdentifiers.id, id)).get()

/** For the `set` of an update that forgets what was kept for a change, and keeps only that there was one. */
export const forgetIdentifiers = {
  changed: 'undone',
  username: null,
  email: null,
  phone: null,
  passwordHash: null,
  emailLinkMac: null,
  phoneLinkMac: null,
} as const

/**
 * When a signed-in user may make another such change (ms), by `limits.account_changes`. Identifiers, the password and the second factor count separately, so
 * that a thief who renames the account does not keep its owner from a new password. A change that was taken back counts only in the sum
 * of all changes, which may be three times as many. A reset does not count. A first contact does not either: nobody is told of it, and
 * nothing is reserved.
 */
export function nextChangeAt(db: Db, { userId, changed }: Pick<AccountChange, 'userId' | 'changed'>): SQL<number> {
  const { quota, windowMs } = limits.account_changes
  const ofUser = eq(pastIdentifiers.userId, userId)
  const isTold = or(isNotNull(pastIdentifiers.email), isNotNull(pastIdentifiers.phone))
  const isIdentifier = inArray(pastIdentifiers.changed, ['email', 'phone', 'username'])
  const isSameKind =
    changed === 'password' || changed === 'second_factor'
      ? and(eq(pastIdentifiers.changed, changed), isTold)
      : and(isIdentifier, or(isTold, eq(pastIdentifiers.changed, 'username')))
  const freeAt = (where: SQL | undefined, most: number) =>
    windowFreeAt(
      db,
      { table: pastIdentifiers, where: and(ofUser, where), at: pastIdentifiers.changedAt },
      { quota: most, windowMs },
    )
  return sql<number>`max(${freeAt(isSameKind, quota)}, ${freeAt(ne(pastIdentifiers.changed, 'reset'), 3 * quota)})`
}

/** True while the user may make another one. */
export const mayChangeAgain = (db: Db, change: Pick<AccountChange, 'userId' | 'changed'>, now: number): SQL =>
  sql`${nextChangeAt(db, change)} <= ${now}`
