import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** One-time tokens that were used, until they would have expired. */
export const spentTokens = sqliteTable(
  'spent_tokens',
  { jti: text().primaryKey(), expiresAt: integer('expires_at').notNull() },
  (token) => [index('spent_tokens_by_expiry').on(token.expiresAt)],
)

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
