import { sql } from 'drizzle-orm'
import { check, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { MAX_LIST_NAME } from '../../limits'
import { users } from '../../users/tables'

/** Lists that to-dos are in. A to-do is in one of them, or in none. */
export const lists = sqliteTable(
  'lists',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    id: text().notNull(),
    name: text().notNull(),
    /** Where its owner has put it. Null where nobody has moved it. */
    position: text(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    version: integer().notNull(),
  },
  (list) => [
    primaryKey({ columns: [list.userId, list.id] }),
    check('lists_name', sql`length(${list.name}) BETWEEN 1 AND ${sql.raw(`${MAX_LIST_NAME}`)}`),
    check('lists_position', sql`length(${list.position}) BETWEEN 1 AND 100`),
    check('lists_version', sql`${list.version} >= 1`),
  ],
)
