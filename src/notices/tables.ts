import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** The notices of the last day, for their limit. A notice writes two rows here, and one in `message_days`. */
export const noticeSends = sqliteTable(
  'notice_sends',
  {
    /** See `db/time-id.ts`. The purge goes by it. */
    id: integer().primaryKey(),
    /** MAC of purpose, channel and recipient, so that nobody can read a contact in the table. */
    recipient: text().notNull(),
    /** Names the request that sent it, so that the next statement knows whether this row is its own. */
    sentBy: text('sent_by').notNull(),
    sentAt: integer('sent_at').notNull(),
  },
  (send) => [
    // The limit of a recipient. Without it, each notice would read all notices of the day.
    index('notice_sends_by_recipient').on(send.recipient, send.sentAt),
  ],
)
