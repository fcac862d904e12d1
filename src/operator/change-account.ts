import { and, eq, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../context'
import { batchNamed } from '../db/batch-named'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { AppError } from '../errors'
import { forgetCodes, recipientsOf } from '../log-in/code/code-throttles'
import { logInThrottle } from '../log-in/password/tables'
import { failuresOf } from '../log-in/password/throttle'
import { contactsOf } from '../notices/notify'
import { endSessions, findEnded } from '../sessions/end-sessions'
import { nextDeviceEpoch } from '../sessions/known-device'
import { forgetCopies, forgetIfLost } from '../sessions/session-copy'
import { sessions } from '../sessions/tables'
import { endProofs } from '../users/proof-stamp'
import { users } from '../users/tables'
import { findUser, type UserRow } from '../users/users'
import { type NewAct, NO_CLIENT, recordAct } from './acts'

/*
 * What operators change in an account. Each of these is one transaction, with its row in the record.
 */

/** The statements that end all sessions of an account, the codes and tokens that are out, and its known devices. */
const endAll = (db: Db, { userId, now }: NewAct, columns: { blockedAt?: ReturnType<typeof firstBlockedAt> } = {}) => ({
  users: db
    .update(users)
    .set({ ...columns, ...endProofs, deviceEpoch: nextDeviceEpoch })
    .where(eq(users.id, userId))
    .returning({ blockedAt: users.blockedAt }),
  ...endSessions(db, eq(sessions.userId, userId), { client: NO_CLIENT, now }),
})

const firstBlockedAt = (now: number) => sql<number>`coalesce(${users.blockedAt}, ${now})`

/**
 * Ends all sessions, and blocks the account with `isBlocking`.
 *
 * The race: many log-ins while the account is blocked. Those that come before it in D1 have a session, which this ends. Those that come
 * after it find the account blocked.
 * @returns how many sessions there were, and since when the account is blocked
 * @throws {AppError} `not_found`, `unavailable`
 */
export async function endAllSessions(
  c: Context<AppEnv>,
  act: NewAct,
  isBlocking: boolean,
): Promise<{ ended: number; blockedAt: number | null }> {
  const { db, kv, background } = c.var
  const ending = batchNamed(db, {
    ...recordAct(db, act),
    ...endAll(db, act, isBlocking ? { blockedAt: firstBlockedAt(act.now) } : {}),
  })
  const { users: changed, ended } = await forgetIfLost(c.var, ending, () => findEnded(db, act.userId, act.now))
  const [user] = changed
  if (!user) throw new AppError('not_found')
  await forgetCopies(
    kv,
    ended.map(({ id }) => id),
    background,
  )
  return { ended: ended.length, blockedAt: user.blockedAt }
}

/** @throws {AppError} `not_found`, `unavailable` */
export async function unblock(db: Db, act: NewAct): Promise<void> {
  const { acts } = await batchNamed(db, {
    ...recordAct(db, act),
    unblocked: db.update(users).set({ blockedAt: null }).where(eq(users.id, act.userId)),
  })
  if (acts.length === 0) throw new AppError('not_found')
}

/**
 * Forgets the wrong passwords of an account, and the codes and wrong guesses of its contacts.
 * @returns how many counts of passwords, and how many codes
 * @throws {AppError} `not_found`, `unavailable`
 */
export async function unlock(c: Context<AppEnv>, act: NewAct): Promise<{ passwords: number; codes: number }> {
  const { db, keys } = c.var
  const user = await findUser(db, act.userId)
  if (!user) throw new AppError('not_found')
  const recipients = await recipientsOf(keys, contactsOf(user))
  // The race: a contact gets another owner meanwhile. Then it is not unlocked.
  const isStill = existsRow(db, users, hasSameContacts(user))
  const { acts, passwords, codes } = await batchNamed(db, {
    ...recordAct(db, act),
    passwords: db
      .delete(logInThrottle)
      .where(and(failuresOf(act.userId), existsRow(db, users, eq(users.id, act.userId))))
      .returning({ key: logInThrottle.key }),
    codes: recipients.length === 0 ? undefined : forgetCodes(db, recipients, isStill),
  })
  if (acts.length === 0) throw new AppError('not_found')
  return { passwords: passwords.length, codes: codes?.length ?? 0 }
}

const hasSameContacts = ({ id, email, phone }: UserRow) =>
  sql`${and(eq(users.id, id), sql`${users.email} IS ${email}`, sql`${users.phone} IS ${phone}`)}`
