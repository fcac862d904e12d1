import { sql } from 'drizzle-orm'
import { check, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Wrong passwords in a row: see `log-in/password/throttle.ts`. */
export const logInThrottle = sqliteTable(
  'log_in_throttle',
  {
    /** A user's id, with more behind it for known devices and proofs; or the MAC of an identifier that nobody has. */
    key: text().primaryKey(),
    failures: integer().notNull(),
    lastFailureAt: integer('last_failure_at').notNull(),
    blockedUntil: integer('blocked_until').notNull(),
  },
  (throttle) => [
    index('log_in_throttle_by_age').on(throttle.lastFailureAt),
    check('log_in_throttle_failures', sql`${throttle.failures} > 0`),
  ],
)
