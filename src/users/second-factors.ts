import { and, eq, isNotNull, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { secondFactors } from './tables'

export type SecondFactorRow = typeof secondFactors.$inferSelect

/** True of the row of a user's second factor once it is confirmed. One that is only begun asks nobody for a code. */
export const isConfirmedOf = (userId: string | SQL | SQLiteColumn): SQL | undefined =>
  and(eq(secondFactors.userId, userId), isNotNull(secondFactors.confirmedAt))

/** THE condition that an account has a second factor. */
export const hasSecondFactor = (db: Db, userId: string | SQL | SQLiteColumn): SQL =>
  existsRow(db, secondFactors, isConfirmedOf(userId))
