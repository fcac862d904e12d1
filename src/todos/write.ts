import { and, eq, getTableColumns, inArray, type SQL, sql } from 'drizzle-orm'
import type { Caller } from '../context'
import type { Db } from '../db/client'
import { todos } from '../db/schema'
import { selectRow } from '../db/select-row'
import { AppError } from '../errors'
import type { Conditions } from '../http/etag'
import { whileLive, writeAs } from '../sessions/session'
import { TOMBSTONE_LIFE_MS } from './changes'
import { fold } from './fold'
import { PRIORITIES, type TodoPatch } from './schemas'
import { type TodoRow, todoColumns } from './todo'

/*
 * THE way in which to-dos change: any number of operations, all or none, in one statement that also decides whether they may.
 * Whatever races, each finds its to-do as the change before left it, and no update is lost that a condition was to protect.
 */

/** One change of one to-do. `put` makes it or replaces it whole; what `update` does not name stays as it is. */
export type Operation = { id: string } & (
  | { op: 'create'; patch: TodoPatch }
  | ({ op: 'put' | 'update'; patch: TodoPatch } & Conditions)
  | ({ op: 'delete' } & Conditions)
  | { op: 'restore' }
)

/** A to-do after an operation, and whether it was there before. */
export interface Written {
  row: TodoRow
  existed: boolean
}

type Refusal = 'not_found' | 'precondition_failed'

/** The operation at `index` cannot be, and so none was done. */
export class RefusedOperation extends AppError {
  override name = 'RefusedOperation'

  constructor(
    code: Refusal,
    readonly index: number,
  ) {
    super(code)
  }
}

/** D1 takes no longer value. */
const MAX_PARAMETER_BYTES = 2_000_000

/** A parameter for `json_each`. */
function jsonParameter(values: unknown[]): string {
  const json = JSON.stringify(values)
  // In UTF-8 no UTF-16 unit takes more than three bytes: only the longest have to be counted.
  if (json.length * 3 > MAX_PARAMETER_BYTES && new TextEncoder().encode(json).byteLength > MAX_PARAMETER_BYTES) {
    throw new AppError('content_too_large')
  }
  return json
}

/** A patch with the values of columns; only what it names. */
const toColumns = ({ priority, dueAt, ...same }: TodoPatch) => ({
  ...same,
  ...(priority !== undefined && { priority: PRIORITIES.indexOf(priority) }),
  ...(dueAt !== undefined && { dueAt: dueAt === null ? null : Date.parse(dueAt) }),
})

/** Apart from the patches, so that each parameter stays within its limit. */
const foldedOf = ({ contents, description }: TodoPatch) => ({
  ...(contents !== undefined && { contents: fold(contents) }),
  ...(description !== undefined && { description: fold(description ?? '') }),
})

/**
 * The operations as tables of a statement: `o`, and `judged` with a `code` for those that cannot be. Each is about one row of
 * `todos`, `t` in the statements. Not materialised, the JSON of an operation would be parsed anew for each column that reads it.
 */
function withOperations({ userId }: Caller, operations: readonly Operation[], now: number): SQL {
  const patches = operations.map((one) => ('patch' in one ? one.patch : {}))
  const json = jsonParameter(operations.map((one, index) => ({ ...one, patch: toColumns(patches[index] ?? {}) })))
  const among = (tags: SQL) =>
    sql`EXISTS (SELECT 1 FROM json_each(${tags}) WHERE value IN ('*', '"' || t.version || '"'))`
  const isThere = sql`t.id IS NOT NULL AND t.deleted_at IS NULL`
  return sql`WITH o AS MATERIALIZED (
    SELECT key AS i, value ->> 'op' AS op, value ->> 'id' AS id, value -> 'patch' AS patch,
      ${jsonParameter(patches.map(foldedOf))} -> key AS folded,
      value -> 'ifMatch' AS if_match, value -> 'ifNoneMatch' AS if_none_match
    FROM json_each(${json})
  ), judged AS (
    SELECT o.i, ${isThere} AS existed, CASE
      WHEN t.user_id <> ${userId} THEN 'not_found'
      WHEN o.op IN ('update', 'delete') AND NOT (${isThere}) THEN 'not_found'
      WHEN o.op = 'restore' AND (t.id IS NULL OR t.deleted_at <= ${now - TOMBSTONE_LIFE_MS}) THEN 'not_found'
      WHEN o.if_match IS NOT NULL AND NOT (${isThere} AND ${among(sql`o.if_match`)}) THEN 'precondition_failed'
      WHEN o.if_none_match IS NOT NULL AND ${isThere} AND ${among(sql`o.if_none_match`)} THEN 'precondition_failed'
    END AS code
    FROM o LEFT JOIN todos t ON t.id = o.id
  )`
}

/** A column as the operation has it, or else as it was. */
const merged = (name: keyof TodoPatch, column: string, source = 'patch'): SQL =>
  sql.raw(`CASE WHEN json_type(o.${source}, '$.${name}') IS NULL THEN t.${column} ELSE o.${source} ->> '${name}' END`)

const mergedColumns = {
  contents: merged('contents', 'contents'),
  description: merged('description', 'description'),
  priority: merged('priority', 'priority'),
  labels: merged('labels', 'labels'),
  dueAt: merged('dueAt', 'due_at'),
  foldedContents: merged('contents', 'folded_contents', 'folded'),
  foldedDescription: merged('description', 'folded_description', 'folded'),
}

/** What an operation may change: all of a to-do but whose it is. */
const { id, userId, dueOrder, ...changed } = getTableColumns(todos)
const replaced = Object.fromEntries(
  Object.entries(changed).map(([name, column]) => [name, sql.raw(`excluded.${column.name}`)]),
)

/** The statement that does all of the operations of `tables`, if none is refused, the session lives and `only` holds. */
function upsert(db: Db, caller: Caller, tables: SQL, now: number, only: SQL) {
  // What was deleted and is put again is a new one, but for its version, which never goes back.
  const isNew = sql`(t.id IS NULL OR (t.deleted_at IS NOT NULL AND o.op = 'put'))`
  // From the clock, so that it never goes back where the last to-do is gone; from the last one, where the clock is behind.
  const last = sql`(SELECT max(seq) FROM todos WHERE user_id = ${caller.userId})`
  const rows = selectRow(
    todos,
    {
      id: sql`o.id`,
      userId: caller.userId,
      ...mergedColumns,
      completedAt: sql`CASE WHEN json_type(o.patch, '$.isDone') IS NULL THEN t.completed_at
        WHEN NOT o.patch ->> 'isDone' THEN NULL WHEN ${isNew} THEN ${now} ELSE coalesce(t.completed_at, ${now}) END`,
      createdAt: sql`CASE WHEN ${isNew} THEN ${now} ELSE t.created_at END`,
      updatedAt: now,
      version: sql`coalesce(t.version, 0) + 1`,
      deletedAt: sql`CASE o.op WHEN 'delete' THEN ${now} END`,
      seq: sql`max(${now}, 1 + coalesce(${last}, 0)) + o.i`,
    },
    sql`${whileLive(db, caller, now)} AND ${only} AND NOT EXISTS (SELECT 1 FROM judged WHERE code IS NOT NULL)
      AND NOT (o.op = 'restore' AND t.deleted_at IS NULL) AND NOT (o.op = 'update' AND o.patch = '{}')`,
    sql`o LEFT JOIN todos t ON t.id = o.id`,
  )
  return db.insert(todos).select(sql`${tables} ${rows}`).onConflictDoUpdate({ target: todos.id, set: replaced })
}

/**
 * The statements of some operations, no two of which are about one to-do.
 * @returns for `db.batch`: what each operation found; nothing; the to-dos as they are then
 */
export const writeStatements = (
  db: Db,
  caller: Caller,
  operations: readonly Operation[],
  now: number,
  only: SQL = sql`true`,
) => {
  const ids = JSON.stringify(operations.map(({ id }) => id))
  // What they write does not decide whether they may: it is sent once.
  const bare = operations.map((one) => ('patch' in one ? { ...one, patch: {} } : one))
  return [
    db
      .select({ i: sql<number>`i`, existed: sql<0 | 1>`existed`, code: sql<Refusal | null>`code` })
      .from(sql`(${withOperations(caller, bare, now)} SELECT i, existed, code FROM judged)`),
    upsert(db, caller, withOperations(caller, operations, now), now, only),
    db
      .select(todoColumns)
      .from(todos)
      .where(and(eq(todos.userId, caller.userId), inArray(todos.id, sql`(SELECT value FROM json_each(${ids}))`))),
  ] as const
}

/**
 * Does all of the operations or none, in one round trip.
 * @returns what became of each, in their order
 * @throws {AppError} `unauthenticated` where the session has ended; `content_too_large`
 * @throws {RefusedOperation} `not_found` or `precondition_failed`: the first one that cannot be
 */
export async function write(db: Db, caller: Caller, operations: readonly Operation[], now: number): Promise<Written[]> {
  const [found, , rows] = await writeAs(db, caller, now, writeStatements(db, caller, operations, now))
  const judged = found.toSorted((one, other) => one.i - other.i)
  for (const { i, code } of judged) if (code !== null) throw new RefusedOperation(code, i)
  const byId = new Map(rows.map((row) => [row.id, row]))
  return operations.map(({ id }, index) => {
    const row = byId.get(id)
    if (!row) throw new AppError('internal_error')
    return { row, existed: judged[index]?.existed === 1 }
  })
}

/** The same for one. */
export async function writeOne(db: Db, caller: Caller, operation: Operation, now: number): Promise<Written> {
  const [written] = await write(db, caller, [operation], now)
  if (!written) throw new AppError('internal_error')
  return written
}
