import { and, eq, exists, gt, gte, inArray, isNotNull, lte, ne, not, or, type SQL, sql } from 'drizzle-orm'
import { alias, type SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { record } from '../activity/activity'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import type { ClientInfo } from '../http/client-info'
import type { ProvenContact } from '../log-in/code/verification'
import { clearCount, linkKey } from '../log-in/password/throttle'
import { areUnspent, spend } from '../log-in/spent-tokens'
import { endSessions } from '../sessions/end-sessions'
import { nextDeviceEpoch } from '../sessions/known-device'
import { sessions } from '../sessions/tables'
import type { ContactName } from '../users/contacts'
import { forgetIdentifiers, KEPT_FOR_MS } from '../users/past-identifiers'
import { identities, passkeys, pastIdentifiers, secondFactors, users } from '../users/tables'
import { identifiersOf, newProofStamp, type UserRow } from '../users/users'

/*
 * The way back. A thief who is signed in may change the contacts, the user name or the password, or turn a second factor on. The notice of
 * each change has a link that works for seven days. It puts the user name and the contacts back as they were before that change, and removes
 * a password that was set since. It removes identities and passkeys that were added since or in the seven days before, and a second factor
 * that was turned on in that time. It ends all sessions and known devices. A second factor that is older stays, and whoever logs in then is
 * asked for it. A password that was replaced does not come back: nobody knows why it was replaced.
 *
 * The link alone is not enough, because an old contact may have a new owner. It also needs a proof of something else that the account had
 * when the change was made. That must have been unchanged for seven days, or since the account was made:
 *
 * | what else the account had | what the link needs as well |
 * |---|---|
 * | a password | that password |
 * | a contact that did not get the link | a code that is sent to it |
 * | both | one of them |
 * | neither, because both had changed in the seven days before | a proof of what it had before that earlier change |
 * | nothing else | nothing |
 *
 * What the account has now does not count. The thief may have set it.
 */

type PastRow = typeof pastIdentifiers.$inferSelect

/** What a link leads to: the user as they are now, what they had before the change, and what else has to be proven. */
export interface WayBack {
  user: UserRow
  past: PastRow
  /** The contact that got the link. */
  told: ContactName
  /** One of these must be proven. If there are none, the link is enough. */
  provable: Provable[]
}

/** Finds what a link leads to, by the MACs of its token. */
export async function findWayBack(db: Db, macs: readonly string[], now: number): Promise<WayBack | undefined> {
  const named = alias(pastIdentifiers, 'named')
  const isNamed = or(inArray(named.emailLinkMac, macs), inArray(named.phoneLinkMac, macs))
  const isBefore = and(eq(pastIdentifiers.userId, named.userId), lte(pastIdentifiers.changedAt, named.changedAt))
  const found = await db
    .select({ user: users, past: pastIdentifiers })
    .from(named)
    .innerJoin(pastIdentifiers, isBefore)
    .innerJoin(users, eq(users.id, named.userId))
    .where(and(isNamed, gt(named.changedAt, now - KEPT_FOR_MS)))
  found.sort((one, other) => other.past.changedAt - one.past.changedAt)
  const [first] = found
  if (!first) return undefined
  const { user, past } = first
  const told = past.emailLinkMac !== null && macs.includes(past.emailLinkMac) ? 'email' : 'phone'
  const provables = found.map((row) => provableBy(row.past, past[told]))
  return { user, past, told, provable: provables.find((all) => all.length > 0) ?? [] }
}

/** Something that the account had, and that can be proven: a password, by its hash, or a contact. */
export type Provable = { name: 'password'; passwordHash: string } | { name: ContactName; to: string }

/** What could be proven when a change was made, besides the contact that got the link. A contact that was too young has no MAC. */
function provableBy(
  { passwordHash, email, phone, emailLinkMac, phoneLinkMac }: PastRow,
  told: string | null,
): Provable[] {
  const contacts = [
    { name: 'email', to: email, mac: emailLinkMac },
    { name: 'phone', to: phone, mac: phoneLinkMac },
  ] as const
  return [
    ...(passwordHash === null ? [] : [{ name: 'password', passwordHash } as const]),
    ...contacts.flatMap(({ name, to, mac }) => (to === null || mac === null || to === told ? [] : [{ name, to }])),
  ]
}

/**
 * The statements that take a change back, and all changes after it.
 *
 * The race: the link is opened twice, or the thief makes another change meanwhile. The first opening removes the MACs of the change, so
 * the second one finds no link. A change of the thief is taken back too: what the user had is put back, whatever they have now.
 *
 * The stamp of a verification token does not count here. A thief could end all sessions again and again, and so keep the owner from
 * the way back.
 * @param proof what was proven besides the link, if it was a contact
 * @returns `link` gives a row while the link is good; `undone` gives one if it was done; `ended` gives the ids of the sessions
 */
export function takeBack(
  db: Db,
  { user, past, told }: WayBack,
  { proof, client, now }: { proof: ProvenContact | null; client: ClientInfo; now: number },
) {
  const proofStamp = newProofStamp()
  const linkMac = told === 'email' ? pastIdentifiers.emailLinkMac : pastIdentifiers.phoneLinkMac
  const isGood = and(eq(pastIdentifiers.id, past.id), isNotNull(linkMac))
  const isUndone = existsRow(db, users, and(eq(users.id, user.id), eq(users.proofStamp, proofStamp)))
  const tokens = proof ? [proof] : []
  return {
    link: db.select({ id: pastIdentifiers.id }).from(pastIdentifiers).where(isGood),
    undone: db
      .update(users)
      .set({ ...putBack(past, now), proofStamp, deviceEpoch: nextDeviceEpoch, updatedAt: now })
      .where(
        and(
          eq(users.id, user.id),
          existsRow(db, pastIdentifiers, isGood),
          areUnspent(db, tokens),
          not(isHeldByOther(db, past)),
        ),
      )
      .returning({ id: users.id }),
    spent: spend(db, tokens, isUndone),
    recorded: record(db, { userId: user.id, event: 'changes_undone', client, now }, isUndone),
    ...endSessions(db, and(eq(sessions.userId, user.id), isUndone), { client, now }),
    unlinked: db
      .delete(identities)
      .where(and(eq(identities.userId, user.id), isYoung(identities.createdAt, user, past), isUndone)),
    removedPasskeys: db
      .delete(passkeys)
      .where(and(eq(passkeys.userId, user.id), isYoung(passkeys.createdAt, user, past), isUndone)),
    unfactored: db
      .delete(secondFactors)
      .where(and(eq(secondFactors.userId, user.id), gt(secondFactors.since, past.changedAt - KEPT_FOR_MS), isUndone)),
    clearedFailures: clearCount(db, linkKey(user.id, past.id, told), isUndone),
    forgotten: db
      .update(pastIdentifiers)
      .set(forgetIdentifiers)
      .where(and(eq(pastIdentifiers.userId, user.id), gte(pastIdentifiers.changedAt, past.changedAt), isUndone)),
  }
}

/**
 * True of an identity or a passkey that was added after the change, or in the seven days before it. A thief may have added one of theirs
 * first. One that the account was made with stays.
 */
const isYoung = (since: SQLiteColumn, { createdAt }: UserRow, { changedAt }: PastRow): SQL | undefined =>
  and(gt(since, changedAt - KEPT_FOR_MS), ne(since, createdAt))

/** The columns of `users` that are put back. */
function putBack(past: PastRow, now: number) {
  const { username, email, phone, passwordVersion } = past
  const isSetSince = ne(users.passwordVersion, passwordVersion)
  return {
    username,
    email,
    phone,
    emailChangedAt: sql`CASE WHEN ${users.email} IS ${email} THEN ${users.emailChangedAt}
      ELSE ${unchangedSince(past, past.emailLinkMac, now)} END`,
    phoneChangedAt: sql`CASE WHEN ${users.phone} IS ${phone} THEN ${users.phoneChangedAt}
      ELSE ${unchangedSince(past, past.phoneLinkMac, now)} END`,
    passwordHash: sql`CASE WHEN ${isSetSince} THEN NULL ELSE ${users.passwordHash} END`,
    passwordVersion: sql`${users.passwordVersion} + (${isSetSince})`,
    passwordChangedAt: sql`CASE WHEN ${isSetSince} THEN ${now} ELSE ${users.passwordChangedAt} END`,
  }
}

/**
 * Since when a contact that comes back counts as unchanged (ms). One with a link was seven days old, and stays so. Otherwise a thief who
 * still knows the password could change it again, and its owner would get no link.
 */
const unchangedSince = ({ changedAt }: PastRow, linkMac: string | null, now: number): number =>
  linkMac === null ? now : changedAt - KEPT_FOR_MS

/** True if another user has one of the identifiers. They are reserved, so that is possible only when the seven days have just ended. */
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
