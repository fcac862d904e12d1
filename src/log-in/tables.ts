import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** One-time tokens that were used, until they would have expired. */
export const spentTokens = sqliteTable(
  'spent_tokens',
  { jti: text().primaryKey(), expiresAt: integer('expires_at').notNull() },
  (token) => [index('spent_tokens_by_expiry').on(token.expiresAt)],
)
