import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import { prebuild, type ValueOf } from '../db/prebuilt'
import { bytesOfRow } from './usage'

interface PurgeValues {
  until: number
  limit: number
}

/** Both statements read the same index from its start, so they find the same rows. */
const oldest = (value: ValueOf<PurgeValues>): SQL =>
  sql`FROM todos WHERE deleted_at <= ${value('until')} ORDER BY deleted_at, rowid LIMIT ${value('limit')}`

/** A count of the user before the purge, from the user's newest to-do: see `usage.ts`. */
const countBefore = (column: 'total_rows' | 'total_bytes'): SQL =>
  sql`(SELECT ${sql.raw(column)} FROM todos newest WHERE newest.user_id = lost.user_id ORDER BY seq DESC LIMIT 1)`

/** Subtracts what is purged from the counts of its users, and writes them into the newest to-do of each that stays. */
const uncount = prebuild<never, PurgeValues>(
  (value) => sql`WITH purged AS MATERIALIZED (SELECT id, user_id, ${bytesOfRow} AS bytes ${oldest(value)}),
    lost AS MATERIALIZED (SELECT user_id, count(*) AS rows, sum(bytes) AS bytes FROM purged GROUP BY user_id)
    UPDATE todos SET total_rows = ${countBefore('total_rows')} - lost.rows,
      total_bytes = ${countBefore('total_bytes')} - lost.bytes
    FROM lost WHERE todos.id = (SELECT id FROM todos kept WHERE kept.user_id = lost.user_id
      AND kept.id NOT IN (SELECT id FROM purged) ORDER BY kept.seq DESC LIMIT 1)`,
)

const remove = prebuild<{ id: string }, PurgeValues>(
  (value) => sql`DELETE FROM todos WHERE id IN (SELECT id ${oldest(value)}) RETURNING id`,
)

/**
 * Removes up to `limit` to-dos that were deleted at or before `until`, in one transaction with the counts of their users.
 * @returns how many were removed
 */
export async function purgeTombstones(db: Db, until: number, limit: number): Promise<number> {
  // A second try finds those that are left.
  const { removed } = await db
    .repeatable()
    .rowsOfEach({ uncounted: uncount({ until, limit }), removed: remove({ until, limit }) })
  return removed.length
}
