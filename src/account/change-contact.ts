import { and, eq, isNotNull, isNull, ne, notExists, or } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { type NewEntry, record } from '../activity/activity'
import { existsRow } from '../db/exists'
import { AppError } from '../errors'
import type { ClientInfo } from '../http/client-info'
import type { ProvenContact } from '../log-in/code/verification'
import { type ProvenCaller, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { areUnspent, selectUnspent, spend } from '../log-in/spent-tokens'
import { asCaller } from '../sessions/as-caller'
import type { Caller, SessionRow } from '../sessions/sessions'
import { sessions } from '../sessions/tables'
import { type ContactName, channelOf } from '../users/contacts'
import { users } from '../users/tables'
import { byContact, type UserRow } from '../users/users'
import { canLogIn, hasAnotherWay } from '../users/ways-to-log-in'

export const takenErrorCode = { email: 'email_taken', phone: 'phone_taken' } as const

/** Which client changes a contact, and when (ms). */
interface ClientAndTime {
  client: ClientInfo
  now: number
}

/** The user with their sessions after a change. `before` is the user before the change; undefined if nothing changed. */
export interface ContactChange {
  before: UserRow | undefined
  user: UserRow
  sessions: SessionRow[]
}

/**
 * Gives the caller a contact that a verification token proves. It replaces the contact that was there. Setting the same contact
 * again changes nothing, so a client whose answer got lost can ask again.
 * @throws {AppError} `invalid_verification_token`, `email_taken`, `phone_taken`, `wrong_password` or `unauthenticated`
 */
export async function setContact(
  proven: ProvenCaller,
  name: ContactName,
  proof: ProvenContact,
  { client, now }: ClientAndTime,
): Promise<ContactChange> {
  const { caller, db } = proven
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
    const changes = and(isOther, notExists(holder), areUnspent(db, [proof]), whileProven(proven, whileLive))
    return {
      before: db.select().from(users).where(self),
      tokens: selectUnspent(db, [proof]),
      holder,
      recorded: record(db, changeOf(caller, name, 'set', { client, now }), existsRow(db, users, changes)),
      changed: db
        .update(users)
        .set({ [name]: proof.to, updatedAt: now })
        .where(changes),
      spent: spend(db, [proof], existsRow(db, users, and(byContact(proof), whileProven(proven, whileLive)))),
      user: db
        .select()
        .from(users)
        .where(and(self, byContact(proof))),
      sessions: db.select().from(sessions).where(eq(sessions.userId, caller.userId)),
    }
  })
  const [user] = results.user
  if (!user) {
    if (!results.tokens[0]?.unspent) throw new AppError('invalid_verification_token')
    throw new AppError(results.holder.length > 0 ? takenErrorCode[name] : 'wrong_password')
  }
  return { before: results.recorded.length > 0 ? results.before[0] : undefined, user, sessions: results.sessions }
}

/**
 * Removes a contact of the caller, if it is there.
 * @throws {AppError} `last_way_to_log_in`, `wrong_password` or `unauthenticated`
 */
export async function removeContact(
  proven: ProvenCaller,
  name: ContactName,
  { client, now }: ClientAndTime,
): Promise<ContactChange> {
  const { caller, db } = proven
  const self = eq(users.id, caller.userId)
  const results = await asCaller(db, caller, now, (whileLive) => {
    // The race: both contacts are removed at once. Whether another way to log in remains is part of the write.
    const changes = and(isNotNull(users[name]), hasAnotherWay(name), whileProven(proven, whileLive))
    return {
      before: db.select().from(users).where(self),
      recorded: record(db, changeOf(caller, name, 'removed', { client, now }), existsRow(db, users, changes)),
      user: db
        .update(users)
        .set({ [name]: null, updatedAt: now })
        .where(changes)
        .returning(),
      sessions: db.select().from(sessions).where(eq(sessions.userId, caller.userId)),
    }
  })
  const [before] = results.before
  const [user] = results.user
  if (!before) throw new AppError('unauthenticated')
  if (user) return { before, user, sessions: results.sessions }
  if (before[name] === null) return { before: undefined, user: before, sessions: results.sessions }
  throw new AppError(canLogIn({ ...before, [name]: null }) ? 'wrong_password' : 'last_way_to_log_in')
}

const changeOf = (
  { userId, sessionId }: Caller,
  name: ContactName,
  change: 'set' | 'removed',
  by: ClientAndTime,
): NewEntry => ({
  ...by,
  userId,
  sessionId,
  event: 'contact_changed',
  detail: { channel: channelOf[name], change },
})
