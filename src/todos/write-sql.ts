import { type SQL, sql } from 'drizzle-orm'
import type { Bound, ValueOf } from '../db/prebuilt'
import { selectRow } from '../db/select-row'
import { prebuildForCaller } from '../sessions/caller-statements'
import { sessions } from '../sessions/tables'
import { completedAtAfter, isNew, mergedFields, mergedFolds, mergedTexts, settable } from './after-sql'
import { dueColumnsOf } from './due'
import { nextStays } from './followers-sql'
import { listAfter, parentAfter } from './homes-sql'
import { type JudgeValues, mayGoOn, type Scope, withJudgement } from './judge-sql'
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

/** True when one of these values is not what the column has. */
const anyDiffers = (values: Partial<Record<keyof typeof settable, SQL>>): SQL =>
  sql.join(
    Object.entries(settable).flatMap(([name, column]) => {
      const after = Object.entries(values).find(([changed]) => changed === name)?.[1]
      return after ? [sql`(${after}) IS NOT ${sql.raw(`existing.${column.name}`)}`] : []
    }),
    sql` OR `,
  )

/** The fields of a to-do after an operation of a `full` statement. What follows from an operation says by itself where it is. */
const fullFields = (value: ValueOf<WriteValues>) => {
  const parent = parentAfter(value)
  return {
    ...mergedFields,
    recurrence: sql`CASE WHEN NOT ${nextStays(value)} THEN ${mergedFields.recurrence} END`,
    parentId: parent,
    listId: sql`CASE WHEN operation.follows AND operation.op <> 'restore' THEN ${mergedFields.listId} ELSE ${listAfter(value, parent)} END`,
  }
}

const fieldsAfter = (value: ValueOf<WriteValues>, scope: Scope) => (scope === 'full' ? fullFields(value) : mergedFields)

/** True when a restored to-do was deleted, or comes under another parent or into another list by what happens to these. */
const restoresSomething = (value: ValueOf<WriteValues>): SQL => {
  const { parentId, listId } = fullFields(value)
  return sql`(existing.deleted_at IS NOT NULL OR ${anyDiffers({ parentId, listId })})`
}

/**
 * True when the operation changes something. Restoring what is not deleted changes nothing, nor does a `put` or an `update` that leaves
 * every field as it is. The id of a new to-do is made for its request. If it exists, this is a second try, and the first one has made
 * the to-do.
 */
const changesSomething = (value: ValueOf<WriteValues>, scope: Scope): SQL => sql`CASE operation.op
  WHEN 'delete' THEN true WHEN 'create' THEN existing.id IS NULL
  ${scope === 'full' ? sql`WHEN 'restore' THEN ${restoresSomething(value)}` : sql``}
  ELSE ${isNew} OR ${anyDiffers({
    ...fieldsAfter(value, scope),
    ...mergedTexts,
    completedAt: completedAtAfter(value('now')),
  })} END`

/** The row that an operation leaves. */
const rowAfter = (value: ValueOf<WriteValues>, scope: Scope) => ({
  id: sql`operation.id`,
  userId: value('userId'),
  ...mergedTexts,
  ...mergedFolds,
  ...fieldsAfter(value, scope),
  completedAt: completedAtAfter(value('now')),
  createdAt: sql`CASE WHEN ${isNew} THEN coalesce(operation.fields ->> 'createdAt', ${value('now')}) ELSE existing.created_at END`,
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

const patchOf = (operation: Operation) => ('patch' in operation ? operation.patch : {})

/** Whether the operation makes the next to-do of a recurring one, perhaps where a deleted one is. */
const makesNext = (operation: Operation): boolean => 'next' in operation && operation.next !== undefined

const namesDueDate = (operation: Operation): boolean =>
  operation.op === 'put' || makesNext(operation) || dueColumnsOf(patchOf(operation)) !== undefined

/**
 * The columns that have indexes, and which operations can change them. If a statement sets such a column, SQLite writes the entries of
 * its indexes anew, even if the value stays the same.
 */
const indexedColumns: Partial<Record<keyof typeof settable, (operation: Operation) => boolean>> = {
  createdAt: (one) => one.op === 'put' || makesNext(one),
  deletedAt: (one) => ['put', 'delete', 'restore'].includes(one.op) || makesNext(one) || 'undoes' in one,
  completedAt: (one) => patchOf(one).isDone !== undefined,
  dueAt: namesDueDate,
  dueZone: namesDueDate,
  parentId: (one) => patchOf(one).parentId !== undefined || one.op === 'restore' || makesNext(one),
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

/** Whether all that these operations do is to change texts and other fields of their own, or to make to-dos that stand alone. */
const isPlain = (operation: Operation): boolean => {
  if (operation.op !== 'create' && operation.op !== 'update') return false
  const { parentId = null, listId, recurrence = null, isDone } = operation.patch
  const staysWhereItIs = parentId === null && (operation.op === 'create' ? listId === null : listId === undefined)
  return staysWhereItIs && recurrence === null && (operation.op === 'create' || isDone === undefined)
}

export const scopeOf = (operations: readonly Operation[]): Scope => (operations.every(isPlain) ? 'plain' : 'full')

/** The operations of a statement with what follows from them. */
const withFollowers = sql`(
  SELECT id, op, fields, texts, folded, place, undoes, false AS follows FROM operation
  UNION ALL SELECT id, op, fields, texts, folded, place, NULL, true FROM follower) operation`

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
  scope: Scope,
  condition: (value: ValueOf<Values>) => SQL,
) =>
  prebuildForCaller<TodoRow, Values>((value, { whileLive }) => {
    const columns = sql`, ${value('texts')} -> key AS texts, ${value('folded')} -> key AS folded`
    const mayWrite = sql`${whileLive} AND ${condition(value)} AND ${mayGoOn(value)} AND ${changesSomething(value, scope)}`
    const done = scope === 'full' ? withFollowers : sql`operation`
    const source = sql`usage, ${done} LEFT JOIN todos existing ON existing.id = operation.id`
    const setters = sql.raw(changed.map((name) => `${name} = excluded.${name}`).join(', '))
    return sql`${withJudgement(value, scope, columns)} INSERT INTO ${todos} (${insertable})
      ${selectRow(todos, rowAfter(value, scope), mayWrite, source)}
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
    const scope = scopeOf(operations)
    const shape = [scope, ...changed].join()
    const statement = upserts.get(shape) ?? prebuildUpsert<Values>(changed, scope, condition)
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
