import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** The notices of the last day, for their limit. */
export const noticeSends = sqliteTable(
  'notice_sends',
  {
    /** UUIDv7. */
    id: text().primaryKey(),
    /** MAC of purpose, channel and recipient, so that nobody can read a contact in the table. */
    recipient: text().notNull(),
    sentAt: integer('sent_at').notNull(),
  },
  (send) => [
    index('notice_sends_by_recipient').on(send.recipient, send.sentAt),
    index('notice_sends_by_age').on(send.sentAt),
  ],
)
