import { sql } from 'drizzle-orm'
import { check, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { MAX_REPEATED_REFRESHES } from '../limits'
import { users } from '../users/tables'
import { CREDENTIALS } from '../users/ways-to-log-in'

/**
 * Signed-in devices. A session lives until `expires_at`. When its row is gone, it has ended.
 *
 * There is no index on `expires_at`: a log-in and each refresh would write one row more. The ids contain the time of the log-in, and
 * no session lives for more than 30 days after it, so the purge goes by the ids. Until then an expired row stays, and nothing counts
 * it.
 */
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
    /**
     * Since when the account had the second factor that the log-in included, or that this session has set up: an authenticator app, or a
     * passkey. Null if there was none.
     */
    secondFactorSince: integer('second_factor_since'),
    /** Hash of the device that the session began on: `sessions/same-client.ts`. */
    deviceHash: text('device_hash').notNull(),
    /** Of the request that rotated last: the hash of its `Idempotency-Key`, and whether it came from that device, with cookies. */
    refreshKeyHash: text('refresh_key_hash'),
    rotatedOnDevice: integer('rotated_on_device', { mode: 'boolean' }).notNull().default(false),
    /** How often a lost refresh was answered again after its 10 s, and when last. Zero for never. */
    repeats: integer().notNull().default(0),
    repeatedAt: integer('repeated_at').notNull().default(0),
    /** The client that logged in, in words, such as `Chrome on Windows`. */
    device: text(),
    /** The country that Cloudflare saw at the log-in: ISO 3166-1 alpha-2. */
    country: text(),
  },
  (session) => [
    // A log-in writes one row for it. Each log-in asks for the user's oldest sessions, and the list of devices for all of them.
    index('sessions_by_user').on(session.userId, session.id),
    check('sessions_generation', sql`${session.generation} >= 0`),
    check('sessions_repeats', sql`${session.repeats} BETWEEN 0 AND ${sql.raw(String(MAX_REPEATED_REFRESHES))}`),
    check(
      'sessions_life',
      sql`${session.expiresAt} > ${session.createdAt} AND ${session.lastSeenAt} >= ${session.createdAt}`,
    ),
  ],
)
