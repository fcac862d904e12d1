import { and, eq, gt, isNull, lte, not, or, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { record } from '../activity/activity'
import type { ActivityDetail } from '../activity/events'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { selectRow } from '../db/select-row'
import type { ClientInfo } from '../http/client-info'
import { limits } from '../limits'
import { FRESH_FOR_MS, type ProvenCaller, unproven, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { sessions } from '../sessions/tables'
import { tooMany } from '../too-many'
import type { Contact, ContactName } from '../users/contacts'
import type { ProviderId } from '../users/provider-ids'
import { askedEvent, isOpen, type Target, targetKey, WAIT_MS } from '../users/removal-requests'
import { isConfirmedOf } from '../users/second-factors'
import { identities, passkeys, removalRequests, secondFactors, users } from '../users/tables'

/*
 * One mailbox or one number is not the account. Somebody may have a recycled number, and log in with a code. So a code that was
 * sent to one contact does not remove or replace the other one at once, and does not remove an identity at a provider or a passkey.
 *
 * | what the caller has proven lately | may remove or replace a contact, or remove an identity or a passkey |
 * |---|---|
 * | the password, unchanged for 72 h or since the account was made: now, or at the log-in | at once |
 * | this very contact: by a code at the log-in | at once |
 * | an identity at a provider, linked 72 h ago or when the account was made, and still there: at the log-in | at once |
 * | a passkey, added 72 h ago and still there: at the log-in | at once |
 * | anything, with a second factor (the app, or a passkey) that the account has had for 72 h: now, or at the log-in | at once |
 * | anything, in the session that made the account | at once |
 * | only another contact, or a younger password, identity or passkey | 72 h after a request, of which the owner is told |
 *
 * A contact that is not set yet needs no request. Nor does an identity or a passkey that is younger than 72 h: a thief may have added it,
 * and then its owner has to get rid of it before it is 72 h old, and a proof.
 *
 * Of a request about a contact, that contact is told; of any other, all contacts but the one that the caller has proven. The notice has a
 * link that stops it. A log-in by the identity or the passkey stops it too, and so does to link it again: its owner is there. A request
 * is good for 7 days once its time has come. It is void as soon as the user's proof stamp changes (`users/proof-stamp.ts`).
 */

const changedAt = { email: users.emailChangedAt, phone: users.phoneChangedAt } as const

export type RemovalRequest = typeof removalRequests.$inferSelect

/** THE rule: true of the caller's row in `users` when this may be removed, or the contact replaced, now. */
export const mayRemoveNow = (db: Db, proven: ProvenCaller, target: Target, now: number): SQL =>
  sql`(${or(
    needsNoRequest(db, target, now),
    proven.freshProof.kind === 'password' ? isEstablished(users.passwordChangedAt, now) : undefined,
    proven.freshProof.kind === 'password' && proven.freshProof.withSecondFactor
      ? isFactorEstablished(db, now)
      : undefined,
    isStrongLogIn(db, proven, target, now),
    existsRow(db, removalRequests, and(isOpenFor(target, now), lte(removalRequests.effectiveAt, now))),
  )})`

/** True if the account has had something for 72 h, or for as long as there is the account. */
const isEstablished = (since: SQLiteColumn, now: number) => or(lte(since, now - WAIT_MS), eq(since, users.createdAt))

/** True if the user has had a second factor for 72 h. */
const isFactorEstablished = (db: Db, now: number): SQL =>
  existsRow(db, secondFactors, and(isConfirmedOf(users.id), lte(secondFactors.since, now - WAIT_MS)))

const needsNoRequest = (db: Db, target: Target, now: number): SQL => {
  if ('contact' in target) return isNull(users[target.contact])
  const [table, id] = 'identity' in target ? [identities, target.identity] : [passkeys, target.passkey]
  const isOwn = and(eq(table.userId, users.id), eq(table.id, id))
  return existsRow(db, table, and(isOwn, not(sql`(${isEstablished(table.createdAt, now)})`)))
}

/** True if the user still has the identity or the passkey that a session began with. `provenSince` is when it was added. */
const isStillThere = (db: Db, table: typeof identities | typeof passkeys): SQL =>
  existsRow(db, table, and(eq(table.userId, users.id), eq(table.createdAt, sessions.provenSince)))

/** True if the caller's log-in is fresh, and is more than a code to another contact. */
const isStrongLogIn = (db: Db, { caller }: ProvenCaller, target: Target, now: number): SQL =>
  existsRow(
    db,
    sessions,
    and(
      eq(sessions.id, caller.sessionId),
      gt(sessions.createdAt, now - FRESH_FOR_MS),
      or(
        eq(sessions.createdAt, users.createdAt),
        and(
          or(
            eq(sessions.provenBy, 'password'),
            and(eq(sessions.provenBy, 'identity'), isStillThere(db, identities)),
            and(eq(sessions.provenBy, 'passkey'), isStillThere(db, passkeys)),
          ),
          isEstablished(sessions.provenSince, now),
        ),
        hasLoggedInWithOldFactor(db, now),
        'contact' in target ? hasProvenContact(target.contact) : undefined,
      ),
    ),
  )

/** True of a session whose log-in included a second factor that the account has had for 72 h and has still: the app, or a passkey. */
function hasLoggedInWithOldFactor(db: Db, now: number): SQL | undefined {
  const since = sessions.secondFactorSince
  const isApp = existsRow(db, secondFactors, and(isConfirmedOf(users.id), eq(secondFactors.since, since)))
  const isPasskey = existsRow(db, passkeys, and(eq(passkeys.userId, users.id), eq(passkeys.createdAt, since)))
  return and(lte(since, now - WAIT_MS), or(isApp, isPasskey))
}

/** True of a session that began with a code to a contact that the user still has. It may have been replaced since. */
const hasProvenContact = (name: ContactName): SQL | undefined =>
  and(eq(sessions.provenBy, name), lte(changedAt[name], sessions.createdAt))

/** True of the user's open request about this. */
const isOpenFor = (target: Target, now: number): SQL | undefined =>
  and(isOpen(now), eq(removalRequests.target, targetKey(target)))

/** What was asked for has to wait. */
export interface Asked {
  kind: 'asked'
  effectiveAt: number
  /** Nobody, if another request was the first to ask. */
  toTell: Contact[]
  /** Whose identity it is about. */
  provider?: ProviderId
}

/** Who asks to remove what, when, and the MAC of the token that stops it. */
export interface Asking {
  proven: ProvenCaller
  target: Target
  /** What the activity says it is. */
  detail: ActivityDetail | SQL | null
  linkMac: string
  client: ClientInfo
  now: number
}

/**
 * The statements that make a request where this may not be removed now, and that find the request.
 *
 * The race: many ask at once. One makes the row, and so one notice is sent. A day has to pass before the next request about the same,
 * even if this one is stopped.
 * @param isValid true of the user's row if it could be removed, but for the rule above; it carries `whileLive`
 * @returns `isProven` gives a row while what the caller has proven still holds; `asked` gives one if this made the request
 */
export function askToRemove(
  db: Db,
  { proven, target, detail, linkMac, client, now }: Asking,
  { isValid, whileLive }: { isValid: SQL | undefined; whileLive: SQL },
) {
  const { userId, sessionId } = proven.caller
  const event = askedEvent(target)
  const effectiveAt = now + WAIT_MS
  const key = targetKey(target)
  const row = { userId: sql`${users.id}`, target: key, effectiveAt, stamp: sql`${users.proofStamp}`, linkMac }
  const condition = sql`${and(isValid, not(mayRemoveNow(db, proven, target, now)), not(isWaiting(db, target, now)))}`
  return {
    isProven: db.select({ id: users.id }).from(users).where(whileProven(proven, whileLive)),
    asked: db
      .insert(removalRequests)
      .select(selectRow(removalRequests, row, condition, users))
      .onConflictDoUpdate({
        target: [removalRequests.userId, removalRequests.target],
        set: { effectiveAt, stamp: sql`excluded.stamp`, linkMac },
        setWhere: lte(removalRequests.effectiveAt, effectiveAt - limits.removal_requests.windowMs),
      })
      .returning({ effectiveAt: removalRequests.effectiveAt }),
    recordedAsking: record(
      db,
      { userId, sessionId, client, now, event, detail },
      sql`${existsRow(db, removalRequests, eq(removalRequests.linkMac, linkMac))} AND ${whileLive}`,
    ),
    request: db
      .select()
      .from(removalRequests)
      .where(and(eq(removalRequests.userId, userId), eq(removalRequests.target, key))),
  }
}

/** True of a user with a request about this whose time has not come. */
const isWaiting = (db: Db, target: Target, now: number): SQL =>
  existsRow(db, removalRequests, and(isOpenFor(target, now), gt(removalRequests.effectiveAt, now)))

/**
 * When something may be removed (ms), by the results of `askToRemove` for what may not be removed now.
 * @throws {AppError} as `unproven` if nothing was proven; `rate_limited` if a request of today was stopped or is void
 */
export async function effectiveAtOf(
  proven: ProvenCaller,
  { isProven, request: [request] }: { isProven: unknown[]; request: RemovalRequest[] },
  stamp: string | undefined,
  now: number,
): Promise<number> {
  if (isProven.length === 0 || !request) throw await unproven(proven)
  const { effectiveAt } = request
  if (request.stamp === stamp && effectiveAt > now) return effectiveAt
  throw tooMany('removal_requests', effectiveAt - WAIT_MS + limits.removal_requests.windowMs - now)
}
