import { type SQL, sql } from 'drizzle-orm'
import type { UserRow } from './users'

/** The time zone whose days are those of a user. */
export const zoneOf = ({ timeZone }: Pick<UserRow, 'timeZone'>): string => timeZone ?? 'UTC'

/** The same in SQL, where only the id of the user is known. It reads one row. */
export const selectZone = (userId: SQL | string): SQL<string> =>
  sql`coalesce((SELECT time_zone FROM users WHERE id = ${userId}), 'UTC')`
