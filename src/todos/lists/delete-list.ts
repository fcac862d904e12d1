import { type SQL, sql } from 'drizzle-orm'
import type { Variables } from '../../context'
import type { ValueOf } from '../../db/prebuilt'
import { AppError } from '../../errors'
import { type CallerValues, prebuildForCaller } from '../../sessions/caller-statements'
import { tooMany } from '../../too-many'
import { countSearch, searchFreeAt, selectSearchFreeAt } from '../search-limit'
import { todos } from '../tables'
import { hasTag } from '../tag-sql'
import { newestOf } from '../usage'
import { listTag, selectList } from './list'
import { lists } from './tables'

/*
 * A list goes together with its place in its to-dos, in one transaction. So a to-do that is put into the list at the same moment comes
 * either before it, and is moved or deleted too, or after it, and is refused.
 *
 * No index has the to-dos of a list, because each to-do would pay a row for it. So a deletion reads all to-dos of its user, and counts
 * as a search.
 */

/** What becomes of the to-dos of the list: by default, it must have none. */
export type ListDeletion = { id: string; todos?: 'move' | 'delete' | undefined; ifMatch?: string[] }

interface DeletionValues extends CallerValues {
  id: string
  /** JSON of the tags. */
  ifMatch: string | null
  todos: 'move' | 'delete' | null
}

const isInList = (value: ValueOf<DeletionValues>): SQL =>
  sql`user_id = ${value('userId')} AND deleted_at IS NULL AND list_id = ${value('id')}`

/** True while the session lives and the user may search again. It stands where nothing is read before it. */
const mayRead = (value: ValueOf<DeletionValues>, whileLive: SQL): SQL =>
  sql`(${whileLive} AND ${searchFreeAt(value)} <= ${value('now')})`

const removeList = prebuildForCaller<{ id: string }, DeletionValues>(
  (value, { whileLive }) => sql`DELETE FROM ${lists} AS existing
    WHERE user_id = ${value('userId')} AND id = ${value('id')} AND (${value('ifMatch')} IS NULL OR ${hasTag(value('ifMatch'))})
      AND CASE WHEN ${mayRead(value, whileLive)}
        THEN ${value('todos')} IS NOT NULL OR NOT EXISTS (SELECT 1 FROM ${todos} WHERE ${isInList(value)}) END
    RETURNING id`,
)

/**
 * Moves or deletes the to-dos of the list, once the list is gone. Each is a change of its own, with a `seq` above all earlier ones. The
 * counts of the user stay the same, and the last one has them: see `usage.ts`.
 */
const changeTodos = (set: (value: ValueOf<DeletionValues>) => SQL) =>
  prebuildForCaller<never, DeletionValues>((value, { whileLive }) => {
    const isGone = sql`NOT EXISTS (SELECT 1 FROM ${lists} WHERE user_id = ${value('userId')} AND id = ${value('id')})`
    return sql`UPDATE ${todos} SET ${set(value)}, version = version + 1, updated_at = ${value('now')},
        seq = max(${value('now')}, 1 + newest.seq) + own.place, total_rows = newest.total_rows, total_bytes = newest.total_bytes
      FROM (
        SELECT id, row_number() OVER (ORDER BY seq) - 1 AS place
        FROM (SELECT 1 WHERE ${mayRead(value, whileLive)} AND ${isGone}) CROSS JOIN ${todos} WHERE ${isInList(value)}
      ) own, (${newestOf(value)}) newest WHERE ${todos.id} = own.id`
  })

const changes = {
  move: changeTodos(() => sql`list_id = NULL`),
  delete: changeTodos((value) => sql`deleted_at = ${value('now')}`),
}

/**
 * Deletes a list.
 * @throws {AppError} `unauthenticated`, `not_found`, `precondition_failed`, `list_not_empty`, `rate_limited`
 */
export async function deleteList(
  { db, caller }: Pick<Variables, 'db' | 'caller'>,
  { id, todos: fate, ifMatch }: ListDeletion,
  now: number,
): Promise<void> {
  const values = { ...caller, now, id, todos: fate ?? null, ifMatch: ifMatch ? JSON.stringify(ifMatch) : null }
  const { window, removed, before } = await db.rowsOfEach({
    window: selectSearchFreeAt(values),
    before: selectList(values),
    removed: removeList(values),
    ...(fate && { changed: changes[fate](values) }),
    counted: countSearch(values),
  })
  const [search] = window
  const [list] = before
  if (!search || !list) throw new AppError('unauthenticated')
  if (removed.length > 0) return
  if (search.freeAt > now) throw tooMany('searches', search.freeAt - now)
  if (list.id === null) throw new AppError('not_found')
  const isAsked = !ifMatch || ifMatch.includes('*') || ifMatch.includes(listTag(list))
  throw new AppError(isAsked ? 'list_not_empty' : 'precondition_failed')
}
