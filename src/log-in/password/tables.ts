import { sql } from 'drizzle-orm'
import { check, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/**
 * Wrong passwords in a row: see `log-in/password/throttle.ts`. A good log-in writes three rows here: it makes a count, which has a row
 * in the index of `key`, and removes it.
 */
export const logInThrottle = sqliteTable(
  'log_in_throttle',
  {
    /** The time of the last attempt: see `db/time-id.ts`. The purge goes by it. */
    id: integer().primaryKey(),
    /** A user's id, with more behind it for known devices and proofs; or the MAC of an identifier that nobody has. */
    key: text().notNull().unique(),
    failures: integer().notNull(),
    lastFailureAt: integer('last_failure_at').notNull(),
    blockedUntil: integer('blocked_until').notNull(),
  },
  (throttle) => [check('log_in_throttle_failures', sql`${throttle.failures} > 0`)],
)
