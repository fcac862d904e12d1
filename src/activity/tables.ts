import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../users/tables'
import { ACTIVITY_EVENTS, type ActivityDetail } from './events'

/** What happened to an account, for its owner. It has no secrets and no contacts. See `activity/activity.ts`. */
export const activity = sqliteTable(
  'activity',
  {
    /** UUIDv7: a later entry has a greater one. */
    id: text().primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    event: text({ enum: ACTIVITY_EVENTS }).notNull(),
    at: integer().notNull(),
    /** The session that the entry is about. It may have ended. */
    sessionId: text('session_id'),
    /** The device that made the request and its country, as in `sessions`. */
    device: text(),
    country: text(),
    detail: text({ mode: 'json' }).$type<ActivityDetail>(),
  },
  (entry) => [
    index('activity_by_user').on(entry.userId, entry.id),
    index('activity_by_event').on(entry.userId, entry.event, entry.at),
    index('activity_by_age').on(entry.at),
  ],
)
