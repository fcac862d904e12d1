import { and, eq, type SQL } from 'drizzle-orm'
import type { Config } from '../config'
import type { Caller } from '../context'
import type { Db } from '../db/client'
import { users } from '../db/schema'
import { AppError } from '../errors'
import type { UserRow } from '../users/users'
import { countAttempt, requireAttempt } from './log-in-limits'
import { verifyPassword } from './password'
import { whileLive, writeAs } from './session'

/**
 * The caller's user, once the current password has proven again who it is. It counts as an attempt to log in, so that a
 * stolen session cannot be used to guess the password.
 * @throws {AppError} `unauthenticated`, `too_many_attempts` or `wrong_password`
 */
export async function proveCurrentPassword(db: Db, caller: Caller, password: string, config: Config): Promise<UserRow> {
  const now = Date.now()
  const [counted, [account], [user]] = await writeAs(db, caller, now, [
    ...countAttempt(db, caller.userId, now, whileLive(db, caller, now)),
    db.select().from(users).where(eq(users.id, caller.userId)),
  ])
  requireAttempt(counted, account, now)
  const { correct } = await verifyPassword(password, user?.passwordHash ?? null, config)
  if (!(user && correct)) throw new AppError('wrong_password')
  return user
}

/** True of the user's row while the password is still the one that was read with `user`. */
export const samePassword = (user: UserRow): SQL | undefined =>
  and(eq(users.id, user.id), eq(users.passwordVersion, user.passwordVersion))
