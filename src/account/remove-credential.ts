import { and, eq, isNotNull, not, type SQL } from 'drizzle-orm'
import { record } from '../activity/activity'
import type { ActivityEvent } from '../activity/events'
import { existsRow } from '../db/exists'
import { AppError } from '../errors'
import { type ProvenCaller, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { contactsOf } from '../notices/notify'
import { asCaller } from '../sessions/as-caller'
import type { SessionRow } from '../sessions/sessions'
import { forgetSecondFactor } from '../sessions/set-up-only'
import { sessions } from '../sessions/tables'
import { type Contact, contactColumn } from '../users/contacts'
import { type identities, type passkeys, removalRequests, users } from '../users/tables'
import type { UserRow } from '../users/users'
import { hasAnotherWay } from '../users/ways-to-log-in'
import { type Asked, type Asking, askToRemove, effectiveAtOf, mayRemoveNow } from './removal-requests'

/** An identity or a passkey of the caller that is to go. */
export interface Removal<About> {
  target: { identity: string } | { passkey: string }
  table: typeof identities | typeof passkeys
  event: Extract<ActivityEvent, 'identity_unlinked' | 'passkey_removed'>
  /** What the activity says it is, as SQL: the row is still there then. */
  detail: SQL | null
  /** What the caller of this wants to know of the row. */
  about: SQL<About>
}

/** What became of it. */
export type RemovalOutcome = { kind: 'removed'; user: UserRow } | Asked

/**
 * Removes an identity or a passkey of the caller, or asks for it (`removal-requests.ts`).
 *
 * The race: two of them, or one and a contact, are removed at once. Whether another way to log in remains is part of each write.
 * @throws {AppError} `not_found`, `last_way_to_log_in`, `rate_limited`, `unauthenticated`, or as `unproven`
 */
export async function removeCredential<About>(
  proven: ProvenCaller,
  { target, table, event, detail, about }: Removal<About>,
  by: Pick<Asking, 'client' | 'linkMac' | 'now'>,
): Promise<RemovalOutcome & { about: About }> {
  const { caller, db } = proven
  const { client, now } = by
  const { userId, sessionId } = caller
  const id = 'identity' in target ? target.identity : target.passkey
  const self = eq(users.id, userId)
  const own = and(eq(table.userId, userId), eq(table.id, id))
  const isThere = existsRow(db, table, own)
  const hasOtherWay = hasAnotherWay(db, target, proven.config)
  const results = await asCaller(db, caller, now, (whileLive) => {
    const isValid = and(isThere, hasOtherWay, whileProven(proven, whileLive))
    const mayLose = existsRow(db, users, and(isValid, mayRemoveNow(db, proven, target, now)))
    const isDone = and(eq(removalRequests.userId, userId), eq(removalRequests.target, id), not(isThere), whileLive)
    return {
      before: db
        .select({ about: about.as('about') })
        .from(table)
        .where(own),
      otherWay: db.select({ id: users.id }).from(users).where(and(self, hasOtherWay)),
      wait: askToRemove(db, { ...by, proven, target, detail }, { isValid, whileLive }),
      recorded: record(db, { userId, sessionId, event, client, now, detail }, mayLose),
      removed: db.delete(table).where(and(own, mayLose)).returning({ id: table.id }),
      // The last passkey was the second factor there.
      forgotten:
        'passkey' in target && proven.config.REQUIRE_SECOND_FACTOR === 'all'
          ? forgetSecondFactor(proven, userId, whileLive)
          : undefined,
      // The link must not say that it has stopped what is done already.
      closed: db
        .update(removalRequests)
        .set({ stamp: null })
        .where(and(isDone, isNotNull(removalRequests.stamp))),
      user: db.select().from(users).where(self),
      session: db.select().from(sessions).where(eq(sessions.id, sessionId)),
    }
  })
  const [before] = results.before
  const [user] = results.user
  const [session] = results.session
  if (!before || !user || !session) throw new AppError('not_found')
  if (results.removed.length > 0) return { kind: 'removed', user, ...before }
  if (results.otherWay.length === 0) throw new AppError('last_way_to_log_in')
  const effectiveAt = await effectiveAtOf(proven, results.wait, user.proofStamp, now)
  const toTell = results.wait.asked.length > 0 ? otherContacts(user, session) : []
  return { kind: 'asked', effectiveAt, toTell, ...before }
}

/** All contacts but the one that the log-in of the session was proven by: whoever asks may read that one. It may have changed since. */
function otherContacts(user: UserRow, { provenBy, createdAt }: SessionRow): Contact[] {
  const changedAt = { email: user.emailChangedAt, phone: user.phoneChangedAt }
  return contactsOf(user).filter(({ channel }) => {
    const name = contactColumn[channel]
    return provenBy !== name || changedAt[name] > createdAt
  })
}
