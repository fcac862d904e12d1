import { and, eq, gt, isNull, lte, not, or, type SQL, sql } from 'drizzle-orm'
import { type NewEntry, record } from '../activity/activity'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { selectRow } from '../db/select-row'
import { AppError } from '../errors'
import type { ClientInfo } from '../http/client-info'
import { DAY_MS, HOUR_MS } from '../lib/time'
import { limits } from '../limits'
import { FRESH_FOR_MS, type ProvenCaller, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { sessions } from '../sessions/tables'
import { tooMany } from '../too-many'
import { type ContactName, channelOf } from '../users/contacts'
import { contactRequests, identities, users } from '../users/tables'

/*
 * One mailbox or one number is not the account. Somebody may have a recycled number, and log in with a code. So a code that was
 * sent to one contact does not remove or replace the other one at once.
 *
 * | what the caller has proven lately | may remove or replace a contact |
 * |---|---|
 * | the password, unchanged for 72 h or since the account was made: now, or at the log-in | at once |
 * | this very contact: by a code at the log-in | at once |
 * | an identity at a provider, linked 72 h ago or when the account was made, and still there: at the log-in | at once |
 * | anything, in the session that made the account | at once |
 * | only the other contact, or a younger password or identity | 72 h after a request, of which the contact is told |
 *
 * A contact that is not set yet needs no request. A request is good for 7 days once its time has come. It is void as soon as the
 * user's proof stamp changes (`users/proof-stamp.ts`), and when it is stopped.
 */

export const WAIT_MS = 72 * HOUR_MS
/** How long a request is good for, once its time has come. Cron removes it then. */
export const REQUEST_LIFE_MS = 7 * DAY_MS

const changedAt = { email: users.emailChangedAt, phone: users.phoneChangedAt } as const

export type ContactRequest = typeof contactRequests.$inferSelect

/** THE rule: true of the caller's row in `users` when this contact may be set, replaced or removed now. */
export const mayChangeNow = (db: Db, proven: ProvenCaller, name: ContactName, now: number): SQL =>
  sql`(${or(
    isNull(users[name]),
    proven.freshProof.kind === 'password' ? isEstablished(users.passwordChangedAt, now) : undefined,
    isStrongLogIn(db, proven, name, now),
    existsRow(
      db,
      contactRequests,
      and(isOpen(name), gt(contactRequests.effectiveAt, now - REQUEST_LIFE_MS), lte(contactRequests.effectiveAt, now)),
    ),
  )})`

/** True if the account has had something for 72 h, or for as long as there is the account. */
const isEstablished = (since: typeof users.passwordChangedAt | typeof sessions.provenSince, now: number) =>
  or(lte(since, now - WAIT_MS), eq(since, users.createdAt))

/** True if the user still has the identity that a session began with. `provenSince` is when it was linked. */
const isStillLinked = (db: Db): SQL =>
  existsRow(db, identities, and(eq(identities.userId, users.id), eq(identities.createdAt, sessions.provenSince)))

/** True if the caller's log-in is fresh, and is more than a code to the other contact. */
const isStrongLogIn = (db: Db, { caller }: ProvenCaller, name: ContactName, now: number): SQL =>
  existsRow(
    db,
    sessions,
    and(
      eq(sessions.id, caller.sessionId),
      gt(sessions.createdAt, now - FRESH_FOR_MS),
      or(
        eq(sessions.createdAt, users.createdAt),
        and(
          or(eq(sessions.provenBy, 'password'), and(eq(sessions.provenBy, 'identity'), isStillLinked(db))),
          isEstablished(sessions.provenSince, now),
        ),
        // The contact may have been replaced since that log-in.
        and(eq(sessions.provenBy, name), lte(changedAt[name], sessions.createdAt)),
      ),
    ),
  )

/** True of the user's request about a contact while it is neither stopped nor void. */
const isOpen = (name: ContactName): SQL | undefined =>
  and(
    eq(contactRequests.userId, users.id),
    eq(contactRequests.contact, name),
    eq(contactRequests.stamp, users.proofStamp),
  )

/** Who asks to change which contact, when, and the MAC of the token that stops it. */
export interface Asking {
  proven: ProvenCaller
  name: ContactName
  linkMac: string
  client: ClientInfo
  now: number
}

/**
 * The statements that make a request where the contact may not be changed now, and that find the request.
 *
 * The race: many ask at once. One makes the row, and so one notice is sent. A day has to pass before the next request about this
 * contact, even if this one is stopped.
 * @param isValid true of the user's row if the contact could be changed, but for the rule above; it carries `whileLive`
 * @returns `isProven` gives a row while what the caller has proven still holds; `asked` gives one if this made the request
 */
export function askToChange(
  db: Db,
  { proven, name, linkMac, client, now }: Asking,
  { isValid, whileLive }: { isValid: SQL | undefined; whileLive: SQL },
) {
  const { userId, sessionId } = proven.caller
  const entry: NewEntry = {
    userId,
    sessionId,
    client,
    now,
    event: 'contact_removal_asked',
    detail: { channel: channelOf[name] },
  }
  const effectiveAt = now + WAIT_MS
  const row = { userId: sql`${users.id}`, contact: name, effectiveAt, stamp: sql`${users.proofStamp}`, linkMac }
  const isWaiting = existsRow(db, contactRequests, and(isOpen(name), gt(contactRequests.effectiveAt, now)))
  const condition = sql`${and(isValid, not(mayChangeNow(db, proven, name, now)), not(isWaiting))}`
  const own = and(eq(contactRequests.userId, userId), eq(contactRequests.contact, name))
  return {
    isProven: db.select({ id: users.id }).from(users).where(whileProven(proven, whileLive)),
    asked: db
      .insert(contactRequests)
      .select(selectRow(contactRequests, row, condition, users))
      .onConflictDoUpdate({
        target: [contactRequests.userId, contactRequests.contact],
        set: { effectiveAt, stamp: sql`excluded.stamp`, linkMac },
        setWhere: lte(contactRequests.effectiveAt, effectiveAt - limits.contact_requests.windowMs),
      })
      .returning({ effectiveAt: contactRequests.effectiveAt }),
    recordedAsking: record(
      db,
      entry,
      sql`${existsRow(db, contactRequests, eq(contactRequests.linkMac, linkMac))} AND ${whileLive}`,
    ),
    request: db.select().from(contactRequests).where(own),
  }
}

/**
 * When a contact may be removed or replaced (ms), by the results of `askToChange` for one that may not be changed now.
 * @throws {AppError} `wrong_password` if nothing was proven; `rate_limited` if a request of today was stopped or is void
 */
export function effectiveAtOf(
  { isProven, request: [request] }: { isProven: unknown[]; request: ContactRequest[] },
  stamp: string | undefined,
  now: number,
): number {
  if (isProven.length === 0 || !request) throw new AppError('wrong_password')
  const { effectiveAt } = request
  if (request.stamp === stamp && effectiveAt > now) return effectiveAt
  throw tooMany('contact_requests', effectiveAt - WAIT_MS + limits.contact_requests.windowMs - now)
}
