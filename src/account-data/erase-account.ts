import { and, eq, type SQL } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../context'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { logInThrottle } from '../log-in/password/tables'
import { failuresOf } from '../log-in/password/throttle'
import { contactsOf, notify } from '../notices/notify'
import { forgetCopies, forgetIfLost } from '../sessions/session-copy'
import { liveSessionsOf } from '../sessions/sessions'
import { sessions } from '../sessions/tables'
import { users } from '../users/tables'
import type { UserRow } from '../users/users'

/*
 * THE way in which an account goes, whether its owner or an operator erases it.
 */

const selectSessions = (db: Db, userId: string, now: number) =>
  db.select({ id: sessions.id }).from(sessions).where(liveSessionsOf(userId, now))

/**
 * The statements that erase an account.
 * @param isAllowed true of its row in `users` while it may be erased
 */
export const eraseStatements = (db: Db, userId: string, isAllowed: SQL | undefined, now: number) => {
  const which = and(eq(users.id, userId), isAllowed)
  return {
    own: selectSessions(db, userId, now),
    removedFailures: db.delete(logInThrottle).where(and(failuresOf(userId), existsRow(db, users, which))),
    // To-dos, sessions and activity go with the row. The counts of codes stay for a day: they name nobody, and deleting an
    // account must not reset a limit.
    deleted: db.delete(users).where(which).returning(),
  }
}

/** What those statements give. */
interface Erased {
  own: { id: string }[]
  deleted: UserRow[]
}

/**
 * Erases an account, removes the copies of its sessions, and tells its contacts.
 * @param erase runs the statements of `eraseStatements`
 * @returns whether there was such an account, and it was allowed
 */
export async function eraseAccount(
  c: Context<AppEnv>,
  { userId, now }: { userId: string; now: number },
  erase: () => Promise<Erased>,
): Promise<boolean> {
  const { db, kv, background } = c.var
  // If the answer of the deletion is lost, the rows of the sessions are gone too, and with them the ids of the copies to remove.
  // So the ids are read first.
  const known = await selectSessions(db, userId, now)
  const { own, deleted } = await forgetIfLost(c.var, erase(), () => known.map(({ id }) => id))
  const [user] = deleted
  if (!user) return false
  notify(c, { to: contactsOf(user), purpose: 'account_deleted' })
  const ids = own.map(({ id }) => id)
  await forgetCopies(kv, ids, background)
  return true
}
