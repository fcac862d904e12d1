import { integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { users } from '../../users/tables'

/** The secret links by which calendars read when to-dos are due. A user has at most one. */
export const calendarFeeds = sqliteTable(
  'calendar_feeds',
  {
    userId: text('user_id')
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** A MAC of the token in the link. */
    tokenMac: text('token_mac').notNull(),
    /** The `device_epoch` of the user when the link was made. Another one ends it. */
    deviceEpoch: integer('device_epoch').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (feed) => [uniqueIndex('calendar_feeds_by_token').on(feed.tokenMac)],
)
