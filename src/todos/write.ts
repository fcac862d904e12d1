import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { Variables } from '../context'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { AppError } from '../errors'
import { asCaller } from '../sessions/as-caller'
import { type Operation, type RefusalCode, RefusedOperation, type WrittenTodo } from './operations'
import { todos } from './tables'
import { todoColumns } from './todo'
import { changesUsage, countWrite, quotaExceeded, quotaOf, type TodoQuota, wasCounted } from './usage'
import { type OperationsToJudge, upsertTodos, withJudgement } from './write-sql'

/*
 * THE way in which to-dos change: two statements of one transaction do any number of operations, all or none. The first one
 * decides whether they are allowed, and counts what they add. The second one does them if they were counted.
 *
 * The race: two changes of one to-do. The second one finds it as the first one left it. If its `If-Match` no longer holds, it is
 * refused, so it overwrites nothing that its client has not seen.
 */

/** Whose to-dos are written, and how many there may be. */
export type Writer = Pick<Variables, 'db' | 'caller' | 'config'>

/** Operations that may be done if `onlyIf` holds. It carries `whileLive`. */
interface OperationsToWrite extends OperationsToJudge {
  onlyIf: SQL
}

/**
 * The statements that do operations.
 * @returns `judged` gives for each operation whether its to-do existed and why it is refused; `rows` gives the to-dos as they are
 *   afterwards
 */
export function writeStatements(db: Db, { onlyIf, ...toJudge }: OperationsToWrite) {
  const { userId, operations, now } = toJudge
  const ids = JSON.stringify(operations.map(({ id }) => id))
  const judgement = withJudgement(toJudge)
  const name = crypto.randomUUID()
  // Where no operation changes the counts, the second statement decides. That is one row less to write.
  const isCounted = operations.some(changesUsage)
  const isAllowed = isCounted ? wasCounted(userId, name) : sql`(${judgement} SELECT is_allowed FROM usage)`
  return {
    judged: db
      .select({
        position: sql<number>`position`,
        existed: sql<0 | 1>`existed`,
        code: sql<RefusalCode | null>`code`,
        overRows: sql<0 | 1>`over_rows`,
        overBytes: sql<0 | 1>`over_bytes`,
      })
      .from(sql`(${judgement} SELECT * FROM judged, usage)`),
    counted: isCounted ? countWrite(db, judgement, { userId, name, onlyIf }) : undefined,
    upserted: upsertTodos(db, operations, { userId, now, onlyIf: sql`${onlyIf} AND ${isAllowed}` }),
    rows: db
      .select(todoColumns)
      .from(todos)
      .where(and(eq(todos.userId, userId), inArray(todos.id, sql`(SELECT value FROM json_each(${ids}))`))),
  }
}

/** What was found out about an operation. */
type Judged = Awaited<ReturnType<typeof writeStatements>['judged']>[number]

/**
 * @throws {RefusedOperation} for the first operation that is refused
 * @throws {AppError} `quota_exceeded`
 */
export function requireAllowed(judged: readonly Judged[], quota: TodoQuota): void {
  for (const { position, code } of judged.toSorted((one, other) => one.position - other.position)) {
    if (code !== null) throw new RefusedOperation(code, position)
  }
  const isOver = { rows: judged[0]?.overRows === 1, bytes: judged[0]?.overBytes === 1 }
  if (isOver.rows || isOver.bytes) throw quotaExceeded(quota, isOver)
}

/**
 * Does all of the operations or none, in one round trip.
 * @returns the to-do of each operation, in the order of the operations
 * @throws {AppError} `unauthenticated` when the session has ended; `content_too_large`; `quota_exceeded`
 * @throws {RefusedOperation} `not_found` or `precondition_failed`, for the first operation that is refused
 */
export async function write(writer: Writer, operations: readonly Operation[], now: number): Promise<WrittenTodo[]> {
  const { db, caller, config } = writer
  const { userId } = caller
  const quota = quotaOf(config)
  // The ids of new to-dos are made for this request. Once they exist, it was done, and a second run changes nothing.
  const onlyCreates = operations.every(({ op }) => op === 'create')
  // To restore what is not deleted changes nothing either, and the answer is the same.
  const onlyRestores = operations.every(({ op }) => op === 'restore')
  const ids = JSON.stringify(operations.map(({ id }) => id))
  const wasDone = existsRow(db, todos, inArray(todos.id, sql`(SELECT value FROM json_each(${ids}))`))
  const results = await asCaller(onlyCreates || onlyRestores ? db.repeatable() : db, caller, now, (whileLive) => {
    const onlyIf = onlyCreates ? sql`${whileLive} AND NOT ${wasDone}` : whileLive
    return writeStatements(db, { userId, operations, now, quota, onlyIf })
  })
  requireAllowed(results.judged, quota)
  const existed = new Map(results.judged.map((judged) => [judged.position, judged.existed === 1]))
  const byId = new Map(results.rows.map((row) => [row.id, row]))
  return operations.map(({ id }, index) => {
    const row = byId.get(id)
    if (!row) throw new AppError('internal_error')
    return { row, existed: existed.get(index) === true }
  })
}

/** Does one operation, as `write` does. */
export async function writeOne(writer: Writer, operation: Operation, now: number): Promise<WrittenTodo> {
  const [written] = await write(writer, [operation], now)
  if (!written) throw new AppError('internal_error')
  return written
}
