import { desc, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Db } from './client'

/**
 * When a sliding window has room for one more (ms). If it has room now, this is a time in the past. The window is full while
 * the row `quota` places back is still inside it.
 * @param rows the rows that count, and the column that has their time (ms); `order` is another one in that order, which an index has
 */
export function windowFreeAt(
  db: Db,
  rows: { table: SQLiteTable; where: SQL | undefined; at: SQLiteColumn; order?: SQLiteColumn },
  { quota, windowMs }: { quota: number; windowMs: number },
): SQL<number> {
  const last = db
    .select({ at: rows.at })
    .from(rows.table)
    .where(rows.where)
    .orderBy(desc(rows.order ?? rows.at))
    .limit(1)
    .offset(quota - 1)
  return sql<number>`coalesce(${last} + ${windowMs}, 0)`
}
