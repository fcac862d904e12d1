import { getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import { selectRow } from '../db/select-row'
import { AppError } from '../errors'
import { TOMBSTONE_LIFE_MS } from './changes'
import { fold } from './fold'
import type { Operation } from './operations'
import { PRIORITIES, type TodoPatch } from './schemas'
import { todos } from './tables'

/*
 * The SQL of `write.ts`. In it, `operation` is a row of the operations that were asked for, and `existing` is the row of `todos` with
 * its id, or NULLs.
 */

/** D1 takes no longer value. */
const MAX_PARAMETER_BYTES = 2_000_000

/** A parameter for `json_each`. */
function jsonParameter(values: unknown[]): string {
  const json = JSON.stringify(values)
  // A UTF-16 unit takes at most three bytes of UTF-8, so only the longest values have to be counted.
  if (json.length * 3 > MAX_PARAMETER_BYTES && new TextEncoder().encode(json).byteLength > MAX_PARAMETER_BYTES) {
    throw new AppError('content_too_large')
  }
  return json
}

/** A patch with the values of columns. It has only what the patch names. */
const toColumns = ({ priority, dueAt, ...same }: TodoPatch) => ({
  ...same,
  ...(priority !== undefined && { priority: PRIORITIES.indexOf(priority) }),
  ...(dueAt !== undefined && { dueAt: dueAt === null ? null : Date.parse(dueAt) }),
})

/** What `q` searches, of the fields that a patch names. It is a parameter of its own, so that each stays within its limit. */
const foldedOf = ({ contents, description }: TodoPatch) => ({
  ...(contents !== undefined && { contents: fold(contents) }),
  ...(description !== undefined && { description: fold(description ?? '') }),
})

const patchOf = (operation: Operation): TodoPatch => ('patch' in operation ? operation.patch : {})

/** True when the to-do exists and is not deleted. */
const isThere = sql`existing.id IS NOT NULL AND existing.deleted_at IS NULL`

/** True when one of `tags` is `*` or the tag of the existing to-do: its version in quotes. */
const hasTag = (tags: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM json_each(${tags}) WHERE value IN ('*', '"' || existing.version || '"'))`

/**
 * The operations as tables of a statement: `operation`, and `judged`, which has a `code` for each operation that is refused.
 *
 * `operation` is MATERIALIZED. Otherwise SQLite would parse the JSON of an operation again for each column that reads it.
 */
export function withOperations(userId: string, operations: readonly Operation[], now: number): SQL {
  const json = jsonParameter(operations.map((one) => ({ ...one, patch: toColumns(patchOf(one)) })))
  const folded = jsonParameter(operations.map((one) => foldedOf(patchOf(one))))
  return sql`WITH operation AS MATERIALIZED (
    SELECT key AS position, value ->> 'op' AS op, value ->> 'id' AS id, value -> 'patch' AS patch, ${folded} -> key AS folded,
      value -> 'ifMatch' AS if_match, value -> 'ifNoneMatch' AS if_none_match
    FROM json_each(${json})
  ), judged AS (
    SELECT operation.position, ${isThere} AS existed, CASE
      -- Another user has this id.
      WHEN existing.user_id <> ${userId} THEN 'not_found'
      -- Only what is there can be changed or deleted.
      WHEN operation.op IN ('update', 'delete') AND NOT (${isThere}) THEN 'not_found'
      -- Only what was deleted within the life of a tombstone can be restored.
      WHEN operation.op = 'restore' AND (existing.id IS NULL OR existing.deleted_at <= ${now - TOMBSTONE_LIFE_MS}) THEN 'not_found'
      -- If-Match: it must be there, in one of these versions.
      WHEN operation.if_match IS NOT NULL AND NOT (${isThere} AND ${hasTag(sql`operation.if_match`)}) THEN 'precondition_failed'
      -- If-None-Match: it must not be there in one of these versions.
      WHEN operation.if_none_match IS NOT NULL AND ${isThere} AND ${hasTag(sql`operation.if_none_match`)} THEN 'precondition_failed'
    END AS code
    FROM operation LEFT JOIN todos existing ON existing.id = operation.id
  )`
}

/** The value of a column after the operation: what the patch names, or else what was there. */
const merged = (name: keyof TodoPatch, column: string, source: 'patch' | 'folded' = 'patch'): SQL =>
  sql.raw(`CASE WHEN json_type(operation.${source}, '$.${name}') IS NULL
    THEN existing.${column} ELSE operation.${source} ->> '${name}' END`)

const mergedColumns = {
  contents: merged('contents', 'contents'),
  description: merged('description', 'description'),
  priority: merged('priority', 'priority'),
  labels: merged('labels', 'labels'),
  dueAt: merged('dueAt', 'due_at'),
  foldedContents: merged('contents', 'folded_contents', 'folded'),
  foldedDescription: merged('description', 'folded_description', 'folded'),
}

/** True when the operation makes a to-do. A deleted one that is put again is new, but its version goes on counting. */
const isNew = sql`(existing.id IS NULL OR (existing.deleted_at IS NOT NULL AND operation.op = 'put'))`

/** When the to-do was completed. */
const completedAt = (now: number): SQL => sql`CASE
  -- The patch does not name isDone: nothing changes.
  WHEN json_type(operation.patch, '$.isDone') IS NULL THEN existing.completed_at
  -- It is open.
  WHEN NOT operation.patch ->> 'isDone' THEN NULL
  -- A new one that is done was completed now; one that was done already keeps its time.
  WHEN ${isNew} THEN ${now} ELSE coalesce(existing.completed_at, ${now}) END`

/** An operation can change every column but the id, the owner and what SQLite derives. */
const { id, userId, dueOrder, ...changed } = getTableColumns(todos)
const replacement = Object.fromEntries(
  Object.entries(changed).map(([name, column]) => [name, sql.raw(`excluded.${column.name}`)]),
)

/**
 * The statement that does all the operations of `withOperations`, if none of them is refused and `only` holds.
 *
 * A change gets a `seq` above all of the user's changes before it. It comes from the clock, so that it does not go back when
 * the newest to-do is purged, or from the last `seq`, when the clock is behind.
 */
export function upsertTodos(db: Db, userId: string, operations: SQL, now: number, only: SQL) {
  const lastSeq = sql`(SELECT max(seq) FROM todos WHERE user_id = ${userId})`
  const row = {
    id: sql`operation.id`,
    userId,
    ...mergedColumns,
    completedAt: completedAt(now),
    createdAt: sql`CASE WHEN ${isNew} THEN ${now} ELSE existing.created_at END`,
    updatedAt: now,
    version: sql`coalesce(existing.version, 0) + 1`,
    deletedAt: sql`CASE operation.op WHEN 'delete' THEN ${now} END`,
    seq: sql`max(${now}, 1 + coalesce(${lastSeq}, 0)) + operation.position`,
  }
  // Restoring what is not deleted, and a patch that names nothing, change nothing.
  const changes = sql`NOT (operation.op = 'restore' AND existing.deleted_at IS NULL)
    AND NOT (operation.op = 'update' AND operation.patch = '{}')`
  const rows = selectRow(
    todos,
    row,
    sql`${only} AND NOT EXISTS (SELECT 1 FROM judged WHERE code IS NOT NULL) AND ${changes}`,
    sql`operation LEFT JOIN todos existing ON existing.id = operation.id`,
  )
  return db.insert(todos).select(sql`${operations} ${rows}`).onConflictDoUpdate({ target: todos.id, set: replacement })
}
