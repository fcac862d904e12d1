import { integer, sqliteTable } from 'drizzle-orm/sqlite-core'

/** Text messages asked for on a day (UTC), which SMS_DAILY_BUDGET bounds. */
export const smsDays = sqliteTable('sms_days', {
  /** Days since 1970. */
  day: integer().primaryKey(),
  sends: integer().notNull(),
})
