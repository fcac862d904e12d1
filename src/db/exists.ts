import { exists, type SQL, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Db } from './client'

/** True if the table has a row for which `where` holds. */
export const existsRow = (db: Db, table: SQLiteTable, where: SQL | undefined): SQL =>
  exists(db.select({ one: sql`1` }).from(table).where(where))
