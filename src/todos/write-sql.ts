import { getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import { selectRow } from '../db/select-row'
import { AppError } from '../errors'
import { TOMBSTONE_LIFE_MS } from './changes'
import { foldText } from './fold'
import type { Operation } from './operations'
import { PRIORITIES, type TodoPatch } from './schemas'
import { todos } from './tables'
import { addedBytes, bytesOf, type TodoQuota, usageAfter } from './usage'

/*
 * The SQL of `write.ts`. In it, `operation` is a row of the operations that were asked for, and `existing` is the row of `todos`
 * with its id, or NULLs.
 */

/** The longest value that D1 takes. */
const MAX_PARAMETER_BYTES = 2_000_000

/**
 * A parameter for `json_each`.
 * @throws {AppError} `content_too_large`
 */
function jsonParameter(values: unknown[]): string {
  const json = JSON.stringify(values)
  // A UTF-16 unit takes at most three bytes in UTF-8, so most values need no encoding to know that they fit.
  if (json.length * 3 > MAX_PARAMETER_BYTES && new TextEncoder().encode(json).byteLength > MAX_PARAMETER_BYTES) {
    throw new AppError('content_too_large')
  }
  return json
}

/** The fields of a patch as their columns store them. */
const toColumns = ({ priority, dueAt, ...same }: TodoPatch) => ({
  ...same,
  ...(priority !== undefined && { priority: PRIORITIES.indexOf(priority) }),
  ...(dueAt !== undefined && { dueAt: dueAt === null ? null : Date.parse(dueAt) }),
})

/**
 * The fields of a patch as `q` searches them. They go in a parameter of their own, because one parameter has a maximum length.
 */
const toFoldedColumns = ({ contents, description }: TodoPatch) => ({
  ...(contents !== undefined && { contents: foldText(contents) }),
  ...(description !== undefined && { description: foldText(description ?? '') }),
})

const patchOf = (operation: Operation): TodoPatch => ('patch' in operation ? operation.patch : {})

/** Some operations of one user, each about a different to-do. */
export interface OperationsToJudge {
  userId: string
  operations: readonly Operation[]
  now: number
  quota: TodoQuota
}

/** True when the to-do exists and is not deleted. */
const isThere = sql`existing.id IS NOT NULL AND existing.deleted_at IS NULL`

/** True when one of `tags` is `*` or the tag of the existing to-do: its version in quotes. */
const hasTag = (tags: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM json_each(${tags}) WHERE value IN ('*', '"' || existing.version || '"'))`

/** True when the operation changes something. To restore what is not deleted, or to send an empty patch, does not. */
const changes = sql`NOT operation.is_empty AND NOT (operation.op = 'restore' AND existing.deleted_at IS NULL)`

/**
 * The operations as the table `operation` of a statement.
 *
 * It is MATERIALIZED. Otherwise SQLite would parse the JSON of an operation again for each column that reads it.
 */
const operationTable = (json: string, folded = '[]'): SQL => sql`operation AS MATERIALIZED (
    SELECT key AS position, value ->> 'op' AS op, value ->> 'id' AS id, value -> 'patch' AS patch, ${folded} -> key AS folded,
      value ->> 'isEmpty' AS is_empty, value -> 'bytes' AS bytes,
      value -> 'ifMatch' AS if_match, value -> 'ifNoneMatch' AS if_none_match
    FROM json_each(${json})
  )`

const isEmpty = (operation: Operation): boolean =>
  operation.op === 'update' && Object.keys(operation.patch).length === 0

/**
 * The operations as tables of a statement: `operation`; `judged`, which has a `code` for each operation that is refused; and
 * `usage`, which says whether there is room for all of them.
 *
 * What it says does not depend on the texts, but on their lengths. So the texts are sent only once, with the write.
 */
export function withJudgement({ userId, operations, now, quota }: OperationsToJudge): SQL {
  const json = jsonParameter(
    operations.map((one) => ({ ...one, patch: undefined, isEmpty: isEmpty(one), bytes: bytesOf(patchOf(one)) })),
  )
  return sql`WITH ${operationTable(json)}, judged AS MATERIALIZED (
    SELECT operation.position, ${isThere} AS existed, ${changes} AS changes,
      existing.id IS NULL AS added_rows, ${addedBytes} AS added_bytes, CASE
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
  ), ${usageAfter(userId, quota)}`
}

/** The value of a column after the operation: that of the patch if it names the field, or else the one from before. */
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

/** True when the operation makes a to-do. A deleted one that is put again counts as new, but its version goes on. */
const isNew = sql`(existing.id IS NULL OR (existing.deleted_at IS NOT NULL AND operation.op = 'put'))`

/** When the to-do was completed, or NULL. */
const completedAt = (now: number): SQL => sql`CASE
  -- The patch does not name isDone: nothing changes.
  WHEN json_type(operation.patch, '$.isDone') IS NULL THEN existing.completed_at
  -- It is open.
  WHEN NOT operation.patch ->> 'isDone' THEN NULL
  -- It is done: since now, unless it was done already.
  WHEN ${isNew} THEN ${now} ELSE coalesce(existing.completed_at, ${now}) END`

/** An operation can change every column but the id, the owner and `due_order`, which SQLite makes from `due_at`. */
const { id, userId, dueOrder, ...changed } = getTableColumns(todos)
const replacement = Object.fromEntries(
  Object.entries(changed).map(([name, column]) => [name, sql.raw(`excluded.${column.name}`)]),
)

/**
 * The statement that does the operations, if `onlyIf` holds.
 *
 * Every change gets a `seq` above all earlier ones of the user. It is the time (ms), so that it does not go back when the to-do
 * with the highest `seq` is purged. If the clock is behind, it is the last `seq` plus one.
 */
export function upsertTodos(
  db: Db,
  operations: readonly Operation[],
  { userId, now, onlyIf }: { userId: string; now: number; onlyIf: SQL },
) {
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
  const json = jsonParameter(
    operations.map((one) => ({ op: one.op, id: one.id, isEmpty: isEmpty(one), patch: toColumns(patchOf(one)) })),
  )
  const folded = jsonParameter(operations.map((one) => toFoldedColumns(patchOf(one))))
  const existing = sql`operation LEFT JOIN todos existing ON existing.id = operation.id`
  const rows = selectRow(todos, row, sql`${onlyIf} AND ${changes}`, existing)
  return db
    .insert(todos)
    .select(sql`WITH ${operationTable(json, folded)} ${rows}`)
    .onConflictDoUpdate({ target: todos.id, set: replacement })
}
