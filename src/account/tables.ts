import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../users/tables'

/** Requests to remove or replace a contact that have to wait. See `account/contact-requests.ts`. */
export const contactRequests = sqliteTable(
  'contact_requests',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    contact: text({ enum: ['email', 'phone'] }).notNull(),
    /** From when on the contact may be removed or replaced. */
    effectiveAt: integer('effective_at').notNull(),
    /** The user's proof stamp when it was asked. Another stamp makes it void, and so does null, which stands for stopped. */
    stamp: text(),
    /** MAC of the token in the link that stops it. */
    linkMac: text('link_mac').notNull().unique(),
  },
  (request) => [
    primaryKey({ columns: [request.userId, request.contact] }),
    index('contact_requests_by_age').on(request.effectiveAt),
  ],
)
