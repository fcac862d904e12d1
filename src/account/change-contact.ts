import { and, eq, isNotNull, isNull, ne, notExists, or } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { type NewEntry, record } from '../activity/activity'
import { existsRow } from '../db/exists'
import { AppError } from '../errors'
import { areUsable, type ProvenContact, selectUsable } from '../log-in/code/verification'
import { type ProvenCaller, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { spend } from '../log-in/spent-tokens'
import { asCaller } from '../sessions/as-caller'
import type { Caller, SessionRow } from '../sessions/sessions'
import { sessions } from '../sessions/tables'
import { type ContactName, channelOf } from '../users/contacts'
import { endProofs } from '../users/proof-stamp'
import { users } from '../users/tables'
import { byContact, type UserRow } from '../users/users'
import { canLogIn, hasAnotherWay } from '../users/ways-to-log-in'
import { type Asking, askToChange, type ContactRequest, effectiveAtOf, mayChangeNow } from './contact-requests'

export const takenErrorCode = { email: 'email_taken', phone: 'phone_taken' } as const

/** Which client changes a contact, and when (ms); and the MAC of a token that would stop a request. */
type By = Pick<Asking, 'client' | 'now' | 'linkMac'>

/** What became of a change of a contact. */
export type ContactOutcome =
  /** The user with their sessions after it. `before` is the user before it, if anything changed. */
  | { kind: 'changed'; before: UserRow | undefined; user: UserRow; sessions: SessionRow[] }
  /** It has to wait (`contact-requests.ts`). `toTell` is the contact to tell, if this request was the first to ask. */
  | { kind: 'asked'; effectiveAt: number; toTell: string | null }

/**
 * Gives the caller a contact that a verification token proves. It replaces the contact that was there. Setting the same contact
 * again changes nothing, so a client whose answer got lost can ask again.
 * @throws {AppError} `invalid_verification_token`, `email_taken`, `phone_taken`, `wrong_password`, `rate_limited` or
 *   `unauthenticated`
 */
export async function setContact(
  proven: ProvenCaller,
  name: ContactName,
  proof: ProvenContact,
  by: By,
): Promise<ContactOutcome> {
  const { caller, db } = proven
  const { now } = by
  if (proof.channel !== channelOf[name]) throw new AppError('invalid_verification_token')

  const self = eq(users.id, caller.userId)
  const others = alias(users, 'others')
  const holder = db
    .select({ id: others.id })
    .from(others)
    .where(and(eq(others[name], proof.to), ne(others.id, caller.userId)))
  const isOther = or(isNull(users[name]), ne(users[name], proof.to))
  const results = await asCaller(db, caller, now, (whileLive) => {
    // The race: two accounts take one contact, or one token is used twice. Both are conditions of the write itself.
    const asks = and(isOther, notExists(holder), areUsable(db, [proof]), whileProven(proven, whileLive))
    const changes = and(asks, mayChangeNow(db, proven, name, now))
    return {
      before: db.select().from(users).where(self),
      proof: selectUsable(db, [proof]),
      holder,
      wait: askToChange(db, { proven, name, ...by }, { asks, whileLive }),
      recorded: record(db, changeOf(caller, name, 'set', by), existsRow(db, users, changes)),
      changed: db
        .update(users)
        .set({ [name]: proof.to, ...changedNow(name, now) })
        .where(changes),
      spent: spend(db, [proof], existsRow(db, users, and(byContact(proof), whileProven(proven, whileLive)))),
      user: db
        .select()
        .from(users)
        .where(and(self, byContact(proof))),
      sessions: db.select().from(sessions).where(eq(sessions.userId, caller.userId)),
    }
  })
  const [before] = results.before
  const [user] = results.user
  if (!user) {
    const [token] = results.proof
    if (token?.unspent && results.holder.length > 0) throw new AppError(takenErrorCode[name])
    if (!token?.usable) throw new AppError('invalid_verification_token')
    return askedOf(results.wait, before, { name, now })
  }
  const isChanged = results.recorded.length > 0
  return { kind: 'changed', before: isChanged ? before : undefined, user, sessions: results.sessions }
}

/**
 * Removes a contact of the caller, if it is there.
 * @throws {AppError} `last_way_to_log_in`, `wrong_password`, `rate_limited` or `unauthenticated`
 */
export async function removeContact(proven: ProvenCaller, name: ContactName, by: By): Promise<ContactOutcome> {
  const { caller, db } = proven
  const { now } = by
  const self = eq(users.id, caller.userId)
  const results = await asCaller(db, caller, now, (whileLive) => {
    // The race: both contacts are removed at once. Whether another way to log in remains is part of the write.
    const asks = and(isNotNull(users[name]), hasAnotherWay(name), whileProven(proven, whileLive))
    const changes = and(asks, mayChangeNow(db, proven, name, now))
    return {
      before: db.select().from(users).where(self),
      wait: askToChange(db, { proven, name, ...by }, { asks, whileLive }),
      recorded: record(db, changeOf(caller, name, 'removed', by), existsRow(db, users, changes)),
      user: db
        .update(users)
        .set({ [name]: null, ...changedNow(name, now) })
        .where(changes)
        .returning(),
      sessions: db.select().from(sessions).where(eq(sessions.userId, caller.userId)),
    }
  })
  const [before] = results.before
  const [user] = results.user
  if (!before) throw new AppError('unauthenticated')
  if (user) return { kind: 'changed', before, user, sessions: results.sessions }
  if (before[name] === null) return { kind: 'changed', before: undefined, user: before, sessions: results.sessions }
  if (!canLogIn({ ...before, [name]: null })) throw new AppError('last_way_to_log_in')
  return askedOf(results.wait, before, { name, now })
}

/** What else is written when a contact changes. */
const changedNow = (name: ContactName, now: number) => ({
  ...(name === 'email' ? { emailChangedAt: now } : { phoneChangedAt: now }),
  ...endProofs,
  updatedAt: now,
})

function askedOf(
  wait: { proven: unknown[]; asked: unknown[]; request: ContactRequest[] },
  user: UserRow | undefined,
  { name, now }: { name: ContactName; now: number },
): ContactOutcome {
  const effectiveAt = effectiveAtOf(wait, user?.proofStamp, now)
  return { kind: 'asked', effectiveAt, toTell: wait.asked.length > 0 ? (user?.[name] ?? null) : null }
}

const changeOf = (
  { userId, sessionId }: Caller,
  name: ContactName,
  change: 'set' | 'removed',
  { client, now }: By,
): NewEntry => ({
  client,
  now,
  userId,
  sessionId,
  event: 'contact_changed',
  detail: { channel: channelOf[name], change },
})
