import { and, eq, isNotNull, or, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Config } from '../config'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { passkeys, secondFactors } from './tables'

export type SecondFactorRow = typeof secondFactors.$inferSelect

/** True of the row of a user's second factor once it is confirmed. One that is only begun asks nobody for a code. */
export const isConfirmedOf = (userId: string | SQL | SQLiteColumn): SQL | undefined =>
  and(eq(secondFactors.userId, userId), isNotNull(secondFactors.confirmedAt))

/**
 * THE condition that an account has a second factor: an authenticator app. Where one is required of everybody, a passkey is one too.
 * Otherwise, whoever knows the password of somebody with a passkey could set up an app of their own, as if there were no factor yet.
 */
export function hasSecondFactor(
  db: Db,
  userId: string | SQL | SQLiteColumn,
  { REQUIRE_SECOND_FACTOR }: Pick<Config, 'REQUIRE_SECOND_FACTOR'>,
): SQL {
  const hasApp = existsRow(db, secondFactors, isConfirmedOf(userId))
  if (REQUIRE_SECOND_FACTOR !== 'all') return hasApp
  return sql`(${or(hasApp, existsRow(db, passkeys, eq(passkeys.userId, userId)))})`
}
