import { eq, inArray, lte, sql } from 'drizzle-orm'
import { batchNamed } from '../db/batch-named'
import type { Db } from '../db/client'
import { todos, todoUsage } from './tables'
import { bytesOfRow } from './usage'

/**
 * Removes up to `limit` to-dos that were deleted at or before `until`, and takes them off the counts of their users. Both
 * statements run in one transaction and read the same index from its start, so they find the same rows.
 * @returns how many were removed
 */
export async function purgeTombstones(db: Db, until: number, limit: number): Promise<number> {
  const oldest = sql`FROM ${todos} WHERE ${lte(todos.deletedAt, until)} ORDER BY ${todos.deletedAt}, rowid LIMIT ${limit}`
  const lost = db
    .select({
      userId: sql`user_id`.as('owner'),
      rows: sql`count(*)`.as('lost_rows'),
      bytes: sql`sum(bytes)`.as('lost_bytes'),
    })
    .from(sql`(SELECT user_id, ${bytesOfRow} AS bytes ${oldest})`)
    .groupBy(sql`user_id`)
    .as('lost')
  // A second try finds those that are left.
  const { removed } = await batchNamed(db.repeatable(), {
    counted: db
      .update(todoUsage)
      .set({ rows: sql`${todoUsage.rows} - ${lost.rows}`, bytes: sql`${todoUsage.bytes} - ${lost.bytes}` })
      .from(lost)
      .where(eq(todoUsage.userId, lost.userId)),
    removed: db.delete(todos).where(inArray(todos.id, sql`(SELECT id ${oldest})`)),
  })
  return removed.meta.changes
}
