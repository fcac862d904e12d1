import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/**
 * One-time tokens that were used, until they would have expired. The purge goes through them in the order in which they were spent,
 * so they need no index on `expires_at`.
 */
export const spentTokens = sqliteTable('spent_tokens', {
  jti: text().primaryKey(),
  expiresAt: integer('expires_at').notNull(),
})

/** What is counted by the hour of the clock (UTC): see `log-in/hour-counts.ts`. */
export const hourCounts = sqliteTable(
  'hour_counts',
  {
    /** What is counted: a word, or the MAC of an address. */
    key: text().notNull(),
    /** Hours since 1970. */
    hour: integer().notNull(),
    count: integer().notNull(),
  },
  (row) => [primaryKey({ columns: [row.hour, row.key] })],
)
