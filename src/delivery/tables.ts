import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { CHANNELS } from './message'

/** The parts of a budget: see `delivery/budget.ts`. */
export const POOLS = ['notices', 'known_devices', 'strangers'] as const
export type Pool = (typeof POOLS)[number]

/** How many messages were asked for on each day (UTC), by channel and pool. See `delivery/budget.ts`. */
export const messageDays = sqliteTable(
  'message_days',
  {
    /** Days since 1970. */
    day: integer().notNull(),
    channel: text({ enum: CHANNELS }).notNull(),
    pool: text({ enum: POOLS }).notNull(),
    sends: integer().notNull(),
    /** How many of them were codes that reset a password. */
    resets: integer().notNull(),
  },
  (row) => [primaryKey({ columns: [row.day, row.channel, row.pool] })],
)
