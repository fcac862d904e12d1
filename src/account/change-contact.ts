import { and, eq, exists, isNotNull, isNull, ne, not, notExists, or, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { type NewEntry, record } from '../activity/activity'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { AppError } from '../errors'
import { areUsable, type ProvenContact, selectUsable } from '../log-in/code/verification'
import { type ProvenCaller, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { spend } from '../log-in/spent-tokens'
import { contactsOf } from '../notices/notify'
import { asCaller } from '../sessions/as-caller'
import { type Caller, liveSessionsOf, type SessionRow } from '../sessions/sessions'
import { sessions } from '../sessions/tables'
import { type ContactName, channelOf } from '../users/contacts'
import { isKept, isReserved, keepIdentifiers, mayChangeAgain, type PastContacts } from '../users/past-identifiers'
import { endProofs } from '../users/proof-stamp'
import { users } from '../users/tables'
import { byContact, type UserRow } from '../users/users'
import { hasAnotherWay } from '../users/ways-to-log-in'
import { type NewChange, selectNextChange, tooManyChanges } from './account-change'
import {
  type Asked,
  type Asking,
  askToRemove,
  effectiveAtOf,
  mayRemoveNow,
  type RemovalRequest,
} from './removal-requests'

export const takenErrorCode = { email: 'email_taken', phone: 'phone_taken' } as const

/** How a contact is changed: by which client, when (ms), the MAC of the token that stops it if it has to wait, and its links back. */
export type ContactChange = Pick<Asking, 'client' | 'now' | 'linkMac'> & { change: NewChange }

/** What became of a change of a contact. */
export type ContactOutcome =
  /** The user and their sessions after the change. `kept` is empty if nothing changed. */
  | { kind: 'changed'; kept: PastContacts[]; user: UserRow; sessions: SessionRow[] }
  /** It has to wait (`removal-requests.ts`). */
  | (Asked & { kept: [] })

/**
 * Gives the caller a contact that a verification token proves. It replaces the contact that was there. Setting the same contact
 * again changes nothing, so a client whose answer got lost can ask again.
 * @throws {AppError} `invalid_verification_token`, `email_taken`, `phone_taken`, `identifier_reserved`, `wrong_password`,
 *   `rate_limited` or `unauthenticated`
 */
export async function setContact(
  proven: ProvenCaller,
  name: ContactName,
  proof: ProvenContact,
  by: ContactChange,
): Promise<ContactOutcome> {
  const { caller, db } = proven
  const { now } = by
  const ownChange = { ...by.change, userId: caller.userId }
  if (proof.channel !== channelOf[name]) throw new AppError('invalid_verification_token')

  const self = eq(users.id, caller.userId)
  const holder = holderOf(db, name, proof, caller)
  const isKeptForOthers = isReserved(db, [{ column: name, value: proof.to }], { forUser: caller.userId, now })
  const isOther = or(isNull(users[name]), ne(users[name], proof.to))
  const results = await asCaller(db, caller, now, (whileLive) => {
    const isProven = whileProven(proven, whileLive)
    // The race: two accounts take one contact, or one token is used twice. Both are conditions of the first write.
    const mayHave = and(isOther, notExists(holder), not(isKeptForOthers), areUsable(db, [proof]))
    const isValid = and(mayHave, isProven)
    const mayChange = and(isValid, mayChangeAgain(db, ownChange, now), mayRemoveNow(db, proven, { contact: name }, now))
    const isChanging = sql`${isKept(db, ownChange)} AND ${whileLive}`
    return {
      before: db.select().from(users).where(self),
      proof: selectUsable(db, [proof]),
      taken: db.select({ isHeld: exists(holder), isReserved: isKeptForOthers }).from(sql`(SELECT 1)`),
      next: selectNextChange(db, ownChange),
      wait: askToRemove(db, askingFor(proven, name, by), { isValid, whileLive }),
      kept: keepIdentifiers(db, ownChange, mayChange),
      recorded: record(db, entryOf(caller, name, 'set', by), isChanging),
      changed: db
        .update(users)
        .set({ [name]: proof.to, ...changedNow(name, now) })
        .where(and(self, isChanging)),
      spent: spend(db, [proof], existsRow(db, users, and(byContact(proof), isProven))),
      user: db
        .select()
        .from(users)
        .where(and(self, byContact(proof))),
      sessions: db.select().from(sessions).where(liveSessionsOf(caller.userId, now)),
    }
  })
  const [before] = results.before
  const [user] = results.user
  if (user) return { kind: 'changed', kept: results.kept, user, sessions: results.sessions }
  const [token] = results.proof
  const [taken] = results.taken
  if (token?.unspent && taken?.isHeld) throw new AppError(takenErrorCode[name])
  if (token?.usable && taken?.isReserved) throw new AppError('identifier_reserved')
  if (!token?.usable) throw new AppError('invalid_verification_token')
  return requireWait(proven, results, before, { name, now })
}

/** The other user who has a contact. */
function holderOf(db: Db, name: ContactName, { to }: ProvenContact, { userId }: Caller) {
  const others = alias(users, 'others')
  return db
    .select({ id: others.id })
    .from(others)
    .where(and(eq(others[name], to), ne(others.id, userId)))
}

/**
 * Removes a contact of the caller, if it is there.
 * @throws {AppError} `last_way_to_log_in`, `wrong_password`, `rate_limited` or `unauthenticated`
 */
export async function removeContact(
  proven: ProvenCaller,
  name: ContactName,
  by: ContactChange,
): Promise<ContactOutcome> {
  const { caller, db } = proven
  const { now } = by
  const ownChange = { ...by.change, userId: caller.userId }
  const self = eq(users.id, caller.userId)
  const results = await asCaller(db, caller, now, (whileLive) => {
    const hasOtherWay = hasAnotherWay(db, { column: name }, proven.config)
    // The race: both contacts are removed at once. Whether another way to log in remains is part of the first write.
    const mayLose = and(isNotNull(users[name]), hasOtherWay)
    const isValid = and(mayLose, whileProven(proven, whileLive))
    const mayChange = and(isValid, mayChangeAgain(db, ownChange, now), mayRemoveNow(db, proven, { contact: name }, now))
    const isChanging = sql`${isKept(db, ownChange)} AND ${whileLive}`
    return {
      before: db.select().from(users).where(self),
      otherWay: db.select({ id: users.id }).from(users).where(and(self, hasOtherWay)),
      next: selectNextChange(db, ownChange),
      wait: askToRemove(db, askingFor(proven, name, by), { isValid, whileLive }),
      kept: keepIdentifiers(db, ownChange, mayChange),
      recorded: record(db, entryOf(caller, name, 'removed', by), isChanging),
      user: db
        .update(users)
        .set({ [name]: null, ...changedNow(name, now) })
        .where(and(self, isChanging))
        .returning(),
      sessions: db.select().from(sessions).where(liveSessionsOf(caller.userId, now)),
    }
  })
  const [before] = results.before
  const [user] = results.user
  if (!before) throw new AppError('unauthenticated')
  if (user) return { kind: 'changed', kept: results.kept, user, sessions: results.sessions }
  if (before[name] === null) return { kind: 'changed', kept: [], user: before, sessions: results.sessions }
  if (results.otherWay.length === 0) throw new AppError('last_way_to_log_in')
  return requireWait(proven, results, before, { name, now })
}

/** What else is written when a contact changes. */
const changedNow = (name: ContactName, now: number) => ({
  ...(name === 'email' ? { emailChangedAt: now } : { phoneChangedAt: now }),
  ...endProofs,
  updatedAt: now,
})

/**
 * The outcome for a contact that may be changed later, after a request.
 * @throws {AppError} `rate_limited` if it could be changed now, but there were too many changes today; or what `effectiveAtOf` throws
 */
async function requireWait(
  proven: ProvenCaller,
  {
    next,
    wait,
  }: { next: { at: number }[]; wait: { isProven: unknown[]; asked: unknown[]; request: RemovalRequest[] } },
  user: UserRow | undefined,
  { name, now }: { name: ContactName; now: number },
): Promise<ContactOutcome> {
  const [request] = wait.request
  const isWaiting = request?.stamp === user?.proofStamp && (request?.effectiveAt ?? 0) > now
  const refusal = wait.isProven.length > 0 && !isWaiting ? tooManyChanges(next, now) : undefined
  if (refusal) throw refusal
  const effectiveAt = await effectiveAtOf(proven, wait, user?.proofStamp, now)
  const toTell = user && wait.asked.length > 0 ? contactsOf(user) : []
  return { kind: 'asked', kept: [], effectiveAt, toTell: toTell.filter(({ channel }) => channel === channelOf[name]) }
}

const askingFor = (proven: ProvenCaller, name: ContactName, by: ContactChange): Asking => ({
  ...by,
  proven,
  target: { contact: name },
  detail: { channel: channelOf[name] },
})

const entryOf = (
  { userId, sessionId }: Caller,
  name: ContactName,
  change: 'set' | 'removed',
  { client, now }: ContactChange,
): NewEntry => ({
  ...{ client, now, userId, sessionId },
  event: 'contact_changed',
  detail: { channel: channelOf[name], change },
})
