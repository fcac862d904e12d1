import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import { AppError } from '../errors'
import { asCaller } from '../sessions/as-caller'
import type { Caller } from '../sessions/sessions'
import { type Operation, type RefusalCode, RefusedOperation, type Written } from './operations'
import { todos } from './tables'
import { todoColumns } from './todo'
import { upsertTodos, withOperations } from './write-sql'

/*
 * THE way in which to-dos change: any number of operations, all or none, in one statement that also decides whether they are
 * allowed.
 *
 * The race: two changes of one to-do. The second one finds it as the first one left it. So an `If-Match` that no longer holds is
 * refused, and no update is lost that a condition should protect.
 */

/**
 * The statements of some operations. No two operations may be about one to-do.
 * @param only true when the operations may be done: it carries `whileLive`
 * @returns `judged` gives what each operation found; `rows` gives the to-dos as they are afterwards
 */
export function writeStatements(db: Db, { userId }: Caller, operations: readonly Operation[], now: number, only: SQL) {
  const ids = JSON.stringify(operations.map(({ id }) => id))
  // What an operation writes does not decide whether it is allowed. So the patches are sent once, with the write.
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
    upserted: upsertTodos(db, userId, withOperations(userId, operations, now), now, only),
    rows: db
      .select(todoColumns)
      .from(todos)
      .where(and(eq(todos.userId, userId), inArray(todos.id, sql`(SELECT value FROM json_each(${ids}))`))),
  }
}

/**
 * Does all of the operations or none, in one round trip.
 * @returns what became of each, in their order
 * @throws {AppError} `unauthenticated` when the session has ended; `content_too_large`
 * @throws {RefusedOperation} `not_found` or `precondition_failed`, for the first operation that is refused
 */
export async function write(db: Db, caller: Caller, operations: readonly Operation[], now: number): Promise<Written[]> {
  const results = await asCaller(db, caller, now, (whileLive) =>
    writeStatements(db, caller, operations, now, whileLive),
  )
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
export async function writeOne(db: Db, caller: Caller, operation: Operation, now: number): Promise<Written> {
  const [written] = await write(db, caller, [operation], now)
  if (!written) throw new AppError('internal_error')
  return written
}
