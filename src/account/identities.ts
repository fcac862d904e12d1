import { and, eq, isNotNull, not, type SQL, sql } from 'drizzle-orm'
import { type IdentityWithRequest, selectIdentities } from '../account-data/identities'
import { record } from '../activity/activity'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { AppError } from '../errors'
import { type ProvenCaller, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { contactsOf } from '../notices/notify'
import { asCaller } from '../sessions/as-caller'
import type { Caller, SessionRow } from '../sessions/sessions'
import { sessions } from '../sessions/tables'
import { type Contact, contactColumn } from '../users/contacts'
import type { ProviderId } from '../users/provider-ids'
import { identities, removalRequests, users } from '../users/tables'
import type { UserRow } from '../users/users'
import { hasAnotherWay } from '../users/ways-to-log-in'
import { type Asked, type Asking, askToRemove, effectiveAtOf, mayRemoveNow } from './removal-requests'

/** @throws {AppError} `unauthenticated` */
export async function listIdentities(db: Db, caller: Caller, now: number): Promise<IdentityWithRequest[]> {
  const results = await asCaller(db, caller, now, () => ({ mine: selectIdentities(db, caller.userId, now) }))
  return results.mine
}

/** What became of the removal of an identity. */
export type UnlinkOutcome = { kind: 'removed'; user: UserRow; provider: ProviderId } | Asked

/**
 * Removes an identity of the caller, or asks for it (`removal-requests.ts`).
 *
 * The race: two identities, or an identity and a contact, are removed at once. Whether another way to log in remains is part of each
 * write.
 * @throws {AppError} `not_found`, `last_way_to_log_in`, `wrong_password`, `rate_limited`, `unauthenticated`
 */
export async function unlinkIdentity(
  proven: ProvenCaller,
  id: string,
  by: Pick<Asking, 'client' | 'linkMac' | 'now'>,
): Promise<UnlinkOutcome> {
  const { caller, db } = proven
  const { client, now } = by
  const { userId, sessionId } = caller
  const self = eq(users.id, userId)
  const own = and(eq(identities.userId, userId), eq(identities.id, id))
  const isThere = existsRow(db, identities, own)
  const hasOtherWay = hasAnotherWay(db, { identity: id }, proven.config)
  const target = { identity: id }
  const detail = providerOf(db, own)
  const results = await asCaller(db, caller, now, (whileLive) => {
    const isValid = and(isThere, hasOtherWay, whileProven(proven, whileLive))
    const mayLose = existsRow(db, users, and(isValid, mayRemoveNow(db, proven, target, now)))
    const isDone = and(eq(removalRequests.userId, userId), eq(removalRequests.target, id), not(isThere), whileLive)
    return {
      before: db.select().from(identities).where(own),
      otherWay: db.select({ id: users.id }).from(users).where(and(self, hasOtherWay)),
      wait: askToRemove(db, { ...by, proven, target, detail }, { isValid, whileLive }),
      recorded: record(db, { userId, sessionId, event: 'identity_unlinked', client, now, detail }, mayLose),
      removed: db.delete(identities).where(and(own, mayLose)).returning({ id: identities.id }),
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
  const { provider } = before
  if (results.removed.length > 0) return { kind: 'removed', user, provider }
  if (results.otherWay.length === 0) throw new AppError('last_way_to_log_in')
  const effectiveAt = effectiveAtOf(proven, results.wait, user.proofStamp, now)
  const toTell = results.wait.asked.length > 0 ? otherContacts(user, session) : []
  return { kind: 'asked', effectiveAt, toTell, provider }
}

/** The contacts that a session does not come from. Whoever reads that one may be who asks. */
function otherContacts(user: UserRow, { provenBy, createdAt }: SessionRow): Contact[] {
  const changedAt = { email: user.emailChangedAt, phone: user.phoneChangedAt }
  return contactsOf(user).filter(({ channel }) => {
    const name = contactColumn[channel]
    return provenBy !== name || changedAt[name] > createdAt
  })
}

/** The detail of an activity entry: whose identity it was. */
const providerOf = (db: Db, own: SQL | undefined): SQL =>
  sql`${db
    .select({ detail: sql`json_object('provider', ${identities.provider})` })
    .from(identities)
    .where(own)}`
