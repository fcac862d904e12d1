import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { AppError } from '../errors'
import { asCaller } from '../sessions/as-caller'
import type { Caller } from '../sessions/sessions'
import { type Operation, type RefusalCode, RefusedOperation, type WrittenTodo } from './operations'
import { todos } from './tables'
import { todoColumns } from './todo'
import { upsertTodos, withOperations } from './write-sql'

/*
 * THE way in which to-dos change: one statement does any number of operations, all or none. It also decides whether they are
 * allowed.
 *
 * The race: two changes of one to-do. The second one finds it as the first one left it. If its `If-Match` no longer holds, it is
 * refused, so it overwrites nothing that its client has not seen.
 */

/** Some operations of one user, each about a different to-do. */
export interface OperationsToWrite {
  userId: string
  operations: readonly Operation[]
  now: number
  /** True when they may be done. It carries `whileLive`. */
  onlyIf: SQL
}

/**
 * The statements that do operations.
 * @returns `judged` gives for each operation whether its to-do existed and why it is refused; `rows` gives the to-dos as they are
 *   afterwards
 */
export function writeStatements(db: Db, { userId, operations, now, onlyIf }: OperationsToWrite) {
  const ids = JSON.stringify(operations.map(({ id }) => id))
  // Whether an operation is allowed does not depend on its patch. So the patches are sent only once, with the write.
  const withoutPatches = operations.map((one) => ('patch' in one ? { ...one, patch: {} } : one))
  const judged = sql`(${withOperations(userId, withoutPatches, now)} SELECT position, existed, code FROM judged)`
  return {
    judged: db
      .select({
        position: sql<number>`position`,
        existed: sql<0 | 1>`existed`,
        code: sql<RefusalCode | null>`code`,
      })
      .from(judged),
    upserted: upsertTodos(db, withOperations(userId, operations, now), { userId, now, onlyIf }),
    rows: db
      .select(todoColumns)
      .from(todos)
      .where(and(eq(todos.userId, userId), inArray(todos.id, sql`(SELECT value FROM json_each(${ids}))`))),
  }
}

/**
 * Does all of the operations or none, in one round trip.
 * @returns the to-do of each operation, in the order of the operations
 * @throws {AppError} `unauthenticated` when the session has ended; `content_too_large`
 * @throws {RefusedOperation} `not_found` or `precondition_failed`, for the first operation that is refused
 */
export async function write(
  db: Db,
  caller: Caller,
  operations: readonly Operation[],
  now: number,
): Promise<WrittenTodo[]> {
  // The ids of new to-dos are made for this request. Once they exist, it was done, and a second run changes nothing.
  const onlyCreates = operations.every(({ op }) => op === 'create')
  const ids = JSON.stringify(operations.map(({ id }) => id))
  const wasDone = existsRow(db, todos, inArray(todos.id, sql`(SELECT value FROM json_each(${ids}))`))
  const results = await asCaller(onlyCreates ? db.repeatable() : db, caller, now, (whileLive) => {
    const onlyIf = onlyCreates ? sql`${whileLive} AND NOT ${wasDone}` : whileLive
    return writeStatements(db, { userId: caller.userId, operations, now, onlyIf })
  })
  const judged = results.judged.toSorted((one, other) => one.position - other.position)
  for (const { position, code } of judged) if (code !== null) throw new RefusedOperation(code, position)
  const byId = new Map(results.rows.map((row) => [row.id, row]))
  return operations.map(({ id }, index) => {
    const row = byId.get(id)
    if (!row) throw new AppError('internal_error')
    return { row, existed: judged[index]?.existed === 1 }
  })
}

/** Does one operation, as `write` does. */
export async function writeOne(db: Db, caller: Caller, operation: Operation, now: number): Promise<WrittenTodo> {
  const [written] = await write(db, caller, [operation], now)
  if (!written) throw new AppError('internal_error')
  return written
}
