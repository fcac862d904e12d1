import { getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { Bound, ValueOf } from '../db/prebuilt'
import { selectRow } from '../db/select-row'
import { prebuildForCaller } from '../sessions/caller-statements'
import { sessions } from '../sessions/tables'
import { dueColumnsOf } from './due'
import { type JudgeValues, withJudgement } from './judge-sql'
import type { Operation } from './operations'
import { todos } from './tables'
import { type TodoRow, todoSelection } from './todo'

/*
 * The SQL that does operations. `operation` and `existing` mean the same as in `judge-sql.ts`.
 */

export interface WriteValues extends JudgeValues {
  /** JSON of the texts that the operations name. */
  texts: string
  /** `texts` as `q` searches them. It is a parameter of its own, because D1 limits the length of a parameter. */
  folded: string
}

/** An operation sets every column but `due_order`, which SQLite makes from `due_at`. */
const { dueOrder, ...settable } = getTableColumns(todos)
/** The value of a column after the operation: that of the operation if it names the field, or else the one from before. */
const merged = (name: string, column: string, source: 'fields' | 'texts' | 'folded'): SQL =>
  sql.raw(`CASE WHEN json_type(operation.${source}, '$.${name}') IS NULL
    THEN existing.${column} ELSE operation.${source} ->> '${name}' END`)

const mergedFields = {
  priority: merged('priority', 'priority', 'fields'),
  dueAt: merged('dueAt', 'due_at', 'fields'),
  dueZone: merged('dueZone', 'due_zone', 'fields'),
  recurrence: merged('recurrence', 'recurrence', 'fields'),
  parentId: merged('parentId', 'parent_id', 'fields'),
  listId: merged('listId', 'list_id', 'fields'),
  position: merged('position', 'position', 'fields'),
  importHash: merged('importHash', 'import_hash', 'fields'),
}

const mergedTexts = {
  contents: merged('contents', 'contents', 'texts'),
  description: merged('description', 'description', 'texts'),
  labels: merged('labels', 'labels', 'texts'),
}

const mergedColumns = {
  ...mergedFields,
  ...mergedTexts,
  foldedContents: merged('contents', 'folded_contents', 'folded'),
  foldedDescription: merged('description', 'folded_description', 'folded'),
}

/** True when the operation makes a to-do. A deleted one that is put again counts as new, but its version goes on. */
const isNew = sql`(existing.id IS NULL OR (existing.deleted_at IS NOT NULL AND operation.op = 'put'))`

/** When the to-do was completed, or NULL: as before if the patch does not name it, and now if it was open or is new. */
const completedAt = (now: SQL): SQL => sql`CASE
  WHEN json_type(operation.fields, '$.isDone') IS NULL THEN existing.completed_at
  WHEN NOT operation.fields ->> 'isDone' THEN NULL
  WHEN ${isNew} THEN ${now} ELSE coalesce(existing.completed_at, ${now}) END`

/** True when one of these values is not what the column has. */
const anyDiffers = (values: Partial<Record<keyof typeof settable, SQL>>): SQL =>
  sql.join(
    Object.entries(settable).flatMap(([name, column]) => {
      const after = Object.entries(values).find(([changed]) => changed === name)?.[1]
      return after ? [sql`${after} IS NOT ${sql.raw(`existing.${column.name}`)}`] : []
    }),
    sql` OR `,
  )

/**
 * True when the operation changes something. Restoring what is not deleted changes nothing, nor does a `put` or an `update` that leaves
 * every field as it is. The id of a new to-do is made for its request. If it exists, this is a second try, and the first one has made
 * the to-do.
 */
const changesSomething = (now: SQL): SQL => sql`CASE operation.op
  WHEN 'delete' THEN true WHEN 'restore' THEN existing.deleted_at IS NOT NULL WHEN 'create' THEN existing.id IS NULL
  ELSE ${isNew} OR ${anyDiffers({ ...mergedFields, ...mergedTexts, completedAt: completedAt(now) })} END`

/** The row that an operation leaves. */
const rowAfter = (value: ValueOf<WriteValues>) => ({
  id: sql`operation.id`,
  userId: value('userId'),
  ...mergedColumns,
  completedAt: completedAt(value('now')),
  createdAt: sql`CASE WHEN ${isNew} THEN ${value('now')} ELSE existing.created_at END`,
  updatedAt: value('now'),
  version: sql`coalesce(existing.version, 0) + 1`,
  deletedAt: sql`CASE operation.op WHEN 'delete' THEN ${value('now')} END`,
  seq: sql`max(${value('now')}, 1 + usage.seq) + operation.place`,
  totalRows: sql`usage.rows`,
  totalBytes: sql`usage.bytes`,
})

/** What an `INSERT` of a to-do names, in this order. */
export const insertable = sql.raw(
  Object.values(settable)
    .map(({ name }) => name)
    .join(', '),
)

const namesDueDate = (operation: Operation): boolean =>
  operation.op === 'put' || ('patch' in operation && dueColumnsOf(operation.patch) !== undefined)

/**
 * The columns that have indexes, and which operations can change them. If a statement sets such a column, SQLite writes the entries of
 * its indexes anew, even if the value stays the same.
 */
const indexedColumns: Partial<Record<keyof typeof settable, (operation: Operation) => boolean>> = {
  createdAt: ({ op }) => op === 'put',
  deletedAt: ({ op }) => op === 'put' || op === 'delete' || op === 'restore',
  completedAt: (operation) => 'patch' in operation && operation.patch.isDone !== undefined,
  dueAt: namesDueDate,
  dueZone: namesDueDate,
  parentId: (operation) => 'patch' in operation && operation.patch.parentId !== undefined,
}

/** The columns that these operations may change in a to-do that exists. */
const changedBy = (operations: readonly Operation[]): string[] => {
  const { id, userId, ...changeable } = settable
  return Object.entries(changeable)
    .filter(([name]) =>
      Object.entries(indexedColumns).every(
        ([indexed, isChangedBy]) => indexed !== name || operations.some(isChangedBy),
      ),
    )
    .map(([, { name }]) => name)
}

/**
 * A statement that does operations, if all of them are allowed, the session lives, and `condition` holds. It gives the to-dos that
 * it has changed.
 *
 * Every change gets a `seq` above all earlier ones of the user. It is the time (ms), so that it does not go back when the to-do
 * with the highest `seq` is purged. If the clock is behind, it is the last `seq` plus one.
 * @param changed the columns that are set in a to-do that exists
 */
const prebuildUpsert = <Values extends WriteValues>(
  changed: readonly string[],
  condition: (value: ValueOf<Values>) => SQL,
) =>
  prebuildForCaller<TodoRow, Values>((value, { whileLive }) => {
    const columns = sql`, ${value('texts')} -> key AS texts, ${value('folded')} -> key AS folded`
    const mayWrite = sql`${whileLive} AND ${condition(value)} AND is_allowed AND NOT over_rows AND NOT over_bytes AND ${changesSomething(value('now'))}`
    const source = sql`usage, operation LEFT JOIN todos existing ON existing.id = operation.id`
    const setters = sql.raw(changed.map((name) => `${name} = excluded.${name}`).join(', '))
    return sql`${withJudgement(value, columns)} INSERT INTO ${todos} (${insertable})
      ${selectRow(todos, rowAfter(value), mayWrite, source)}
      ON CONFLICT (id) DO UPDATE SET ${setters} RETURNING ${todoSelection}`
  })

/**
 * Upserts under a condition. Operations that change the same columns have one statement, which is built once.
 * @returns a function that gives the statement of some operations, with its values
 */
export function upsertsIf<Values extends WriteValues>(condition: (value: ValueOf<Values>) => SQL) {
  const upserts = new Map<string, (values: Values) => Bound<TodoRow>>()
  return (operations: readonly Operation[], values: Values): Bound<TodoRow> => {
    const changed = changedBy(operations)
    const shape = changed.join()
    const statement = upserts.get(shape) ?? prebuildUpsert<Values>(changed, condition)
    upserts.set(shape, statement)
    return statement(values)
  }
}

/** The statement that does these operations, whatever else holds. */
export const upsert = upsertsIf<WriteValues>(() => sql`true`)

/** The to-dos of the operations as they are. With the `+`, SQLite finds them by their ids, and does not read all of the user's. */
export const selectWritten = prebuildForCaller<TodoRow, JudgeValues>(
  (value, { isLive }) => sql`SELECT ${todoSelection} FROM ${sessions} JOIN ${todos}
    ON +${todos.userId} = ${value('userId')}
    AND ${todos.id} IN (SELECT value ->> 'id' FROM json_each(${value('operations')})) WHERE ${isLive}`,
)
