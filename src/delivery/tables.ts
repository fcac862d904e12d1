import { integer, sqliteTable } from 'drizzle-orm/sqlite-core'

/** How many text messages the limits let through on each day (UTC), for SMS_DAILY_BUDGET. */
export const smsDays = sqliteTable('sms_days', {
  /** Days since 1970. */
  day: integer().primaryKey(),
  sends: integer().notNull(),
})
