import { and, eq, exists, gt, gte, inArray, ne, not, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { record } from '../activity/activity'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import type { ClientInfo } from '../http/client-info'
import type { ProvenContact } from '../log-in/code/verification'
import { areUnspent, spend } from '../log-in/spent-tokens'
import { endSessions } from '../sessions/end-sessions'
import { nextDeviceEpoch } from '../sessions/known-device'
import { sessions } from '../sessions/tables'
import type { ContactName } from '../users/contacts'
import { KEPT_FOR_MS } from '../users/past-identifiers'
import { pastIdentifiers, users } from '../users/tables'
import { byContact, identifiersOf, newProofStamp, samePassword, type UserRow } from '../users/users'

/*
 * The way back. A thief who is signed in may change the contacts, the user name or the password. The notice of each change has a
 * link that works for seven days. It puts the user name and the contacts back as they were before that change, removes a password
 * that was set since, and ends all sessions and known devices. A password that was replaced does not come back: nobody knows why
 * it was replaced.
 *
 * The link alone is not enough, because an old contact may have a new owner:
 *
 * | what the account has, unchanged for seven days or since it was made | what the link needs as well |
 * |---|---|
 * | a password | that password |
 * | a contact that did not get the link | a code that was sent to it |
 * | both | one of them |
 * | neither | nothing |
 */

type PastRow = typeof pastIdentifiers.$inferSelect

/** What a link leads to: the user as they are now, what they had before the change, and the contact that got the link. */
export interface WayBack {
  user: UserRow
  past: PastRow
  told: ContactName
}

/** Finds what a link leads to, by the MACs of its token. */
export async function findWayBack(db: Db, macs: readonly string[], now: number): Promise<WayBack | undefined> {
  const isNamed = or(inArray(pastIdentifiers.emailLinkMac, macs), inArray(pastIdentifiers.phoneLinkMac, macs))
  const found = await db
    .select({ user: users, past: pastIdentifiers })
    .from(pastIdentifiers)
    .innerJoin(users, eq(users.id, pastIdentifiers.userId))
    .where(and(isNamed, isRecent(now)))
    .get()
  if (!found) return undefined
  const { emailLinkMac } = found.past
  return { ...found, told: emailLinkMac !== null && macs.includes(emailLinkMac) ? 'email' : 'phone' }
}

const isRecent = (now: number): SQL => gt(pastIdentifiers.changedAt, now - KEPT_FOR_MS)

/** What can be proven besides the link. If there is anything, one of it must be. */
export function provableBy({ user, past, told }: WayBack, now: number): ('password' | ContactName)[] {
  const isOld = (since: number) => since <= now - KEPT_FOR_MS || since === user.createdAt
  const isOther = (name: ContactName) => user[name] !== null && !(name === told && user[name] === past[name])
  return [
    ...(user.passwordHash !== null && isOld(user.passwordChangedAt) ? (['password'] as const) : []),
    ...(isOther('email') && isOld(user.emailChangedAt) ? (['email'] as const) : []),
    ...(isOther('phone') && isOld(user.phoneChangedAt) ? (['phone'] as const) : []),
  ]
}

/** What was proven besides the link. A password is the one that the user had when `findWayBack` read them. */
export type Proof = { kind: 'none' } | { kind: 'password' } | { kind: 'contact'; contact: ProvenContact }

/**
 * The statements that take a change back, and all changes after it.
 *
 * The race: the link is opened twice, or the thief makes another change meanwhile. The row of the change is still there for the
 * first one only. A later change goes too: what the user had is put back whatever they have now.
 * @returns `undone` gives a row if it was done; `ended` gives the ids of the sessions
 */
export function takeBack(
  db: Db,
  { user, past }: WayBack,
  { proof, client, now }: { proof: Proof; client: ClientInfo; now: number },
) {
  const proofStamp = newProofStamp()
  const isStillThere = existsRow(db, pastIdentifiers, and(eq(pastIdentifiers.id, past.id), isRecent(now)))
  const isUndone = existsRow(db, users, and(eq(users.id, user.id), eq(users.proofStamp, proofStamp)))
  const tokens = proof.kind === 'contact' ? [proof.contact] : []
  return {
    undone: db
      .update(users)
      .set({ ...putBack(past, now), proofStamp, deviceEpoch: nextDeviceEpoch, updatedAt: now })
      .where(and(eq(users.id, user.id), isStillThere, isProven(db, user, proof), not(isHeldByOther(db, past))))
      .returning({ id: users.id }),
    spent: spend(db, tokens, isUndone),
    recorded: record(db, { userId: user.id, event: 'changes_undone', client, now }, isUndone),
    ...endSessions(db, and(eq(sessions.userId, user.id), isUndone), { client, now }),
    removed: db
      .delete(pastIdentifiers)
      .where(and(eq(pastIdentifiers.userId, user.id), gte(pastIdentifiers.changedAt, past.changedAt), isUndone)),
  }
}

/** The columns of `users` that are put back. A contact that comes back counts as changed now. */
function putBack({ username, email, phone, changedAt }: PastRow, now: number) {
  const isSetSince = gte(users.passwordChangedAt, changedAt)
  return {
    username,
    email,
    phone,
    emailChangedAt: sql`CASE WHEN ${users.email} IS ${email} THEN ${users.emailChangedAt} ELSE ${now} END`,
    phoneChangedAt: sql`CASE WHEN ${users.phone} IS ${phone} THEN ${users.phoneChangedAt} ELSE ${now} END`,
    passwordHash: sql`CASE WHEN ${isSetSince} THEN NULL ELSE ${users.passwordHash} END`,
    passwordVersion: sql`${users.passwordVersion} + (${isSetSince})`,
    passwordChangedAt: sql`CASE WHEN ${isSetSince} THEN ${now} ELSE ${users.passwordChangedAt} END`,
  }
}

/**
 * True of the user's row while what was proven still holds. The stamp of a verification token does not count here: a thief
 * could end all sessions again and again, and so keep the owner from the way back.
 */
function isProven(db: Db, user: UserRow, proof: Proof): SQL | undefined {
  switch (proof.kind) {
    case 'none':
      return undefined
    case 'password':
      return samePassword(user)
    case 'contact':
      return and(byContact(proof.contact), areUnspent(db, [proof.contact]))
  }
}

/** True if another user has one of the identifiers. They are reserved, so this is so only in the moment when that ends. */
function isHeldByOther(db: Db, past: PastRow): SQL {
  const others = alias(users, 'others')
  const hasOne = or(...identifiersOf(past).map(({ column, value }) => eq(others[column], value)))
  return exists(
    db
      .select({ id: others.id })
      .from(others)
      .where(and(hasOne, ne(others.id, past.userId))),
  )
}
