import { and, eq, exists, isNotNull, isNull, ne, notExists, or, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { type Happening, record } from '../activity/activity'
import type { Caller } from '../context'
import type { Db } from '../db/client'
import { sessions, users } from '../db/schema'
import { AppError } from '../errors'
import type { ClientInfo } from '../http/client-info'
import { areUnspent, findUnspent, type Proof, spend } from '../log-in/code/verification'
import { type Proven, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { type SessionRow, writeAs } from '../sessions/session'
import { byContact, type UserRow } from '../users/users'

export type ContactName = 'email' | 'phone'

export const channelOf = { email: 'email', phone: 'sms' } as const
export const takenCode = { email: 'email_taken', phone: 'phone_taken' } as const

/** Who asks, and when. */
interface By {
  client: ClientInfo
  now: number
}

/** The user as it is now with its sessions, and, if anything has changed, as it was before. */
export interface Changed {
  before: UserRow | undefined
  user: UserRow
  sessions: SessionRow[]
}

/**
 * Gives the caller a contact, which a verification token proves and which takes the place of the one before. To give what is
 * there already changes nothing, so that an answer that got lost can be asked for again.
 * @throws {AppError} `invalid_verification_token`, `email_taken`, `phone_taken`, `wrong_password` or `unauthenticated`
 */
export async function setContact(
  proven: Proven,
  name: ContactName,
  proof: Proof,
  { client, now }: By,
): Promise<Changed> {
  const { caller, db } = proven
  if (proof.channel !== channelOf[name]) throw new AppError('invalid_verification_token')

  const self = eq(users.id, caller.userId)
  const others = alias(users, 'others')
  const holder = db
    .select({ id: others.id })
    .from(others)
    .where(and(eq(others[name], proof.to), ne(others.id, caller.userId)))
  const isOther = or(isNull(users[name]), ne(users[name], proof.to))
  // The race: two accounts take one contact, or one token is used twice. Both are conditions of the write itself.
  const changes = and(isOther, notExists(holder), areUnspent(db, [proof]), whileProven(proven, now))
  const [[before], [state], held, changed, , , [user], own] = await writeAs(db, caller, now, [
    db.select().from(users).where(self),
    findUnspent(db, [proof]),
    holder,
    record(db, happening(caller, name, 'set', { client, now }), isUser(db, changes)),
    db
      .update(users)
      .set({ [name]: proof.to, updatedAt: now })
      .where(changes),
    spend(db, proof, isUser(db, and(byContact(proof), whileProven(proven, now)))),
    db
      .select()
      .from(users)
      .where(and(self, byContact(proof))),
    db.select().from(sessions).where(eq(sessions.userId, caller.userId)),
  ])
  if (!user) {
    if (!state?.unspent) throw new AppError('invalid_verification_token')
    throw new AppError(held.length > 0 ? takenCode[name] : 'wrong_password')
  }
  return { before: changed.length > 0 ? before : undefined, user, sessions: own }
}

/**
 * Takes a contact from the caller, if it is there.
 * @throws {AppError} `last_way_to_log_in`, `wrong_password` or `unauthenticated`
 */
export async function removeContact(proven: Proven, name: ContactName, { client, now }: By): Promise<Changed> {
  const { caller, db } = proven
  const self = eq(users.id, caller.userId)
  const other = name === 'email' ? 'phone' : 'email'
  // The race: both contacts are removed at once. The condition is part of the write, and the table's CHECK stands behind it.
  const canLogInWithout = or(isNotNull(users[other]), and(isNotNull(users.username), isNotNull(users.passwordHash)))
  const changes = and(isNotNull(users[name]), canLogInWithout, whileProven(proven, now))
  const [[before], , [user], own] = await writeAs(db, caller, now, [
    db.select().from(users).where(self),
    record(db, happening(caller, name, 'removed', { client, now }), isUser(db, changes)),
    db
      .update(users)
      .set({ [name]: null, updatedAt: now })
      .where(changes)
      .returning(),
    db.select().from(sessions).where(eq(sessions.userId, caller.userId)),
  ])
  if (!before) throw new AppError('unauthenticated')
  if (user) return { before, user, sessions: own }
  if (before[name] === null) return { before: undefined, user: before, sessions: own }
  const isLast = before[other] === null && (before.username === null || before.passwordHash === null)
  throw new AppError(isLast ? 'last_way_to_log_in' : 'wrong_password')
}

const isUser = (db: Db, which: SQL | undefined): SQL => exists(db.select({ id: users.id }).from(users).where(which))

const happening = ({ userId, sessionId }: Caller, name: ContactName, change: 'set' | 'removed', by: By): Happening => ({
  ...by,
  userId,
  sessionId,
  event: 'contact_changed',
  detail: { channel: channelOf[name], change },
})
