import { sql } from 'drizzle-orm'
import { check, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../users/tables'
import { CREDENTIALS } from '../users/ways-to-log-in'

/** Signed-in devices. A session lives until `expires_at`. When its row is gone, it has ended. */
export const sessions = sqliteTable(
  'sessions',
  {
    id: text().primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** How many times the refresh token was rotated. Only the refresh token with this number works. */
    generation: integer().notNull().default(0),
    createdAt: integer('created_at').notNull(),
    /** When the refresh token was last rotated, or the session made. */
    lastSeenAt: integer('last_seen_at').notNull(),
    /** The earlier of the absolute and the idle end. */
    expiresAt: integer('expires_at').notNull(),
    /** What the log-in proved, and since when the account had it then. */
    provenBy: text('proven_by', { enum: CREDENTIALS }).notNull().default('password'),
    provenSince: integer('proven_since').notNull().default(0),
    /** The client that logged in, in words, such as `Chrome on Windows`. */
    device: text(),
    /** The country that Cloudflare saw at the log-in: ISO 3166-1 alpha-2. */
    country: text(),
  },
  (session) => [
    index('sessions_by_user').on(session.userId, session.id),
    index('sessions_by_expiry').on(session.expiresAt),
    check('sessions_generation', sql`${session.generation} >= 0`),
    check(
      'sessions_life',
      sql`${session.expiresAt} > ${session.createdAt} AND ${session.lastSeenAt} >= ${session.createdAt}`,
    ),
  ],
)
