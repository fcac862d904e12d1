import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { ALARM_KINDS } from './alarm-kinds'

/** One row for each kind of alarm: how often it was due in this hour, and when it was sent last. See `signals/alarm.ts`. */
export const alarms = sqliteTable('alarms', {
  kind: text({ enum: ALARM_KINDS }).primaryKey(),
  /** When the hour began in which `count` counts (ms). */
  since: integer().notNull(),
  count: integer().notNull(),
  /** When it was last sent (ms); 0 if never. */
  sentAt: integer('sent_at').notNull(),
  /** Names the request that sent it. */
  sentBy: text('sent_by').notNull(),
})

/** What cron did last: see `signals/cron-runs.ts`. */
export const cronRuns = sqliteTable('cron_runs', {
  name: text({ enum: ['purge'] }).primaryKey(),
  at: integer().notNull(),
  /** For how many seconds the oldest row of each table was overdue when it ended. Empty if it kept up. */
  overdueSeconds: text('overdue_seconds', { mode: 'json' }).$type<Record<string, number | null>>().notNull(),
  /** The `kid` of AUTH_SECRET, and since when at the latest it signs (ms). */
  kid: text().notNull(),
  kidSince: integer('kid_since').notNull(),
})
