import { getTableColumns, type SQL, sql } from 'drizzle-orm'
import { todos } from './tables'

/*
 * What the columns of a to-do are after an operation. `operation` and `existing` mean the same as in `judge-sql.ts`.
 */

/** An operation sets every column but `due_order`, which SQLite makes from others. */
const { dueOrder, ...columns } = getTableColumns(todos)
export const settable = columns

/** What an operation says of a column: `fields`, `texts`, or `folded`, which has the texts as `q` searches them. */
type Source = 'fields' | 'texts' | 'folded'

/** True when the operation names the field. */
const isNamed = (name: string, source: Source): string => `json_type(operation.${source}, '$.${name}') IS NOT NULL`

/** The value of a column after the operation: that of the operation if it names the field, or else the one from before. */
const merged = (name: keyof typeof settable, source: Source, field: string = name): SQL =>
  sql.raw(
    `CASE WHEN ${isNamed(field, source)} THEN operation.${source} ->> '${field}' ELSE existing.${settable[name].name} END`,
  )

export const dueAtAfter = merged('dueAt', 'fields')
export const dueZoneAfter = merged('dueZone', 'fields')

/** Without a due date nothing comes again. */
export const recurrenceAfter = sql`CASE WHEN (${dueAtAfter}) IS NOT NULL THEN ${merged('recurrence', 'fields')} END`

export const mergedTexts = {
  contents: merged('contents', 'texts'),
  description: merged('description', 'texts'),
  labels: merged('labels', 'texts'),
}

export const mergedFolds = {
  foldedContents: merged('foldedContents', 'folded', 'contents'),
  foldedDescription: merged('foldedDescription', 'folded', 'description'),
}

export const mergedFields = {
  priority: merged('priority', 'fields'),
  dueAt: dueAtAfter,
  dueZone: dueZoneAfter,
  recurrence: recurrenceAfter,
  parentId: merged('parentId', 'fields'),
  listId: merged('listId', 'fields'),
  position: merged('position', 'fields'),
  importHash: merged('importHash', 'fields'),
}

/** True when the operation makes a to-do. A deleted one that is put again counts as new, but its version goes on. */
export const isNew = sql`(existing.id IS NULL OR (existing.deleted_at IS NOT NULL AND operation.op = 'put'))`

/** When the to-do was completed, or NULL: as before if the operation does not say, and now if it was open or is new. Imports bring a time. */
export const completedAtAfter = (now: SQL): SQL => {
  const then = sql`coalesce(operation.fields ->> 'completedAt', ${now})`
  return sql`CASE
    WHEN json_type(operation.fields, '$.isDone') IS NULL THEN existing.completed_at
    WHEN NOT operation.fields ->> 'isDone' THEN NULL
    WHEN ${isNew} THEN ${then} ELSE coalesce(existing.completed_at, ${then}) END`
}

/** True when the operation completes a to-do that is open. */
export const completes = sql`(operation.op IN ('update', 'put') AND operation.fields ->> 'isDone'
  AND existing.deleted_at IS NULL AND existing.completed_at IS NULL)`

/** True when the operation opens a to-do that is done. */
export const reopens = sql`(operation.op IN ('update', 'put') AND NOT operation.fields ->> 'isDone'
  AND existing.deleted_at IS NULL AND existing.completed_at IS NOT NULL)`
