import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../users/tables'
import { ACTIVITY_EVENTS, type ActivityDetail } from './events'

/**
 * What happened to an account, for its owner. It has no secrets and no contacts. See `activity/activity.ts`.
 *
 * An entry writes two rows: its own, and that of the key. The key answers every question, because each is about one user, and most
 * about the last hour or so, which the ids contain. The purge goes through the table in the order in which the entries were added.
 */
export const activity = sqliteTable(
  'activity',
  {
    /** UUIDv7: a later entry has a greater one. */
    id: text().notNull(),
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
  (entry) => [primaryKey({ columns: [entry.userId, entry.id] })],
)
