import type { Variables } from '../context'
import type { Db } from '../db/client'
import type { Bound } from '../db/prebuilt'
import { AppError } from '../errors'
import { countingFollowers, INCLUDED_FOLLOWERS } from './count-followers'
import { type Judged, judge } from './judge-sql'
import { type Operation, type RefusalCode, RefusedOperation, type WrittenTodo } from './operations'
import { mayCompleteOrReopen, selectUnprepared, untilPrepared } from './recurring'
import type { TodoRow } from './todo'
import { quotaExceeded, quotaOf, type TodoUsage } from './usage'
import { scopeOf, selectWritten, upsert } from './write-sql'
import { writeValues } from './write-values'

/*
 * THE way in which to-dos change: one statement does any number of operations, all or none. It decides whether they are allowed.
 * If it does nothing, a second round trip says why.
 *
 * The race: two changes of one to-do. The second one finds it as the first one left it. If its `If-Match` no longer holds, it is
 * refused, so it overwrites nothing that its client has not seen.
 */

/** Whose to-dos are written, and how many there may be. */
export type Writer = Pick<Variables, 'db' | 'caller' | 'config' | 'countWrites'>

/**
 * Requires that all operations are allowed.
 * @param judged the verdicts of `judge`: none if the session has ended
 * @throws {RefusedOperation} for the first operation that is refused
 * @throws {AppError} `unauthenticated`, `quota_exceeded`
 */
export function requireAllowed(judged: readonly Judged[], quota: TodoUsage): void {
  const [first] = judged
  if (!first) throw new AppError('unauthenticated')
  for (const { place, code } of judged) {
    // `untilPrepared` has seen to these.
    if (code === 'unprepared') throw new AppError('internal_error')
    if (code !== null) throw new RefusedOperation(code, place)
  }
  const isOver = { rows: first.overRows === 1, bytes: first.overBytes === 1 }
  if (isOver.rows || isOver.bytes) throw quotaExceeded(quota, isOver)
}

/**
 * Whether the statement alone is enough to answer operations. It gives the to-dos that it has changed. That is not enough for a `put`,
 * whose answer says whether the to-do is new; for a `restore`, which seldom is about what is not deleted; nor for an `update` among others,
 * which may change nothing while they do.
 */
const needNoVerdict = (operations: readonly Operation[]): boolean =>
  operations.every(({ op }) => op === 'create' || op === 'delete' || (op === 'update' && operations.length === 1))

/** Whether all operations make to-dos whose ids were made for this request. If these exist, an earlier run has made them. */
export const areAllNew = (operations: readonly Operation[]): boolean =>
  operations.every((one) => one.op === 'create' && !one.hasOwnId)

/**
 * The database for these operations, which may run twice if all of them are new to-dos, or all are restores: a second run changes
 * nothing and answers the same.
 */
const dbFor = ({ db }: Writer, operations: readonly Operation[]): Db =>
  areAllNew(operations) || operations.every(({ op }) => op === 'restore') ? db.repeatable() : db

/** An import counts by its to-dos, and seldom has followers: its subtasks are operations themselves. */
const UNCOUNTED = Number.MAX_SAFE_INTEGER

/**
 * Does what it can of operations, in one statement that does not say why it left some out: it makes what is not there yet, and it does
 * nothing at all if one of the operations is refused.
 * @param before statements that are run first, in the same transaction
 * @returns the ids of the to-dos that it has changed
 */
export async function tryToWrite(
  { db, caller, config }: Writer,
  operations: readonly Operation[],
  { now, before }: { now: number; before: Record<string, Bound<unknown>> },
): Promise<Set<string>> {
  const values = writeValues({ caller, operations, quota: quotaOf(config), maxFollowers: UNCOUNTED, now })
  const written = upsert(operations, values)
  const isAlone = Object.keys(before).length === 0
  const rows = isAlone ? await db.rowsOf(written) : (await db.rowsOfEach({ ...before, written })).written
  return new Set(rows.map(({ id }) => id))
}

/** Why each of the operations would be refused, by the ids of their to-dos. Those that would be done are not in it. */
export async function refusalsOf(
  { db, caller, config }: Writer,
  operations: readonly Operation[],
  now: number,
): Promise<Map<string, RefusalCode>> {
  const values = writeValues({ caller, operations, quota: quotaOf(config), maxFollowers: UNCOUNTED, now })
  const judged = await db.rowsOf(judge[scopeOf(operations)](values))
  return new Map(
    judged.flatMap(({ place, code }) =>
      code === null || code === 'unprepared' ? [] : [[operations[place]?.id ?? '', code] as const],
    ),
  )
}

/**
 * Does all of the operations or none.
 * @returns the to-do of each operation, in the order of the operations
 * @throws {AppError} `unauthenticated` when the session has ended; `content_too_large`; `quota_exceeded`; `rate_limited`
 * @throws {RefusedOperation} for the first operation that is refused
 */
export async function write(writer: Writer, operations: readonly Operation[], now: number): Promise<WrittenTodo[]> {
  if (!needNoVerdict(operations)) return writeOrExplain(writer, operations, now)
  const { rows } = await untilPrepared(operations, now, (ready) => writeAlone(writer, ready, now))
  if (rows.length < operations.length) return writeOrExplain(writer, operations, now)
  return operations.map(({ id, op }) => ({ row: rowOf(id, rows), existed: op !== 'create' }))
}

/** The statement without a verdict. */
async function writeAlone(writer: Writer, operations: readonly Operation[], now: number) {
  const { caller, config } = writer
  const values = writeValues({ caller, operations, quota: quotaOf(config), maxFollowers: INCLUDED_FOLLOWERS, now })
  const db = dbFor(writer, operations)
  if (!mayCompleteOrReopen(operations)) return { rows: await db.rowsOf(upsert(operations, values)), unprepared: [] }
  return db.rowsOfEach({ rows: upsert(operations, values), unprepared: selectUnprepared(values) })
}

/** The same, in one transaction with a verdict on each operation. */
export async function writeOrExplain(
  writer: Writer,
  operations: readonly Operation[],
  now: number,
): Promise<WrittenTodo[]> {
  const { caller, config, countWrites } = writer
  const quota = quotaOf(config)
  const { judged, rows } = await countingFollowers(countWrites, (maxFollowers) =>
    untilPrepared(operations, now, (ready) => {
      const values = writeValues({ caller, operations: ready, quota, maxFollowers, now })
      return dbFor(writer, ready).rowsOfEach({
        judged: judge[scopeOf(ready)](values),
        upserted: upsert(ready, values),
        rows: selectWritten(values),
        unprepared: selectUnprepared(values),
      })
    }),
  )
  requireAllowed(judged, quota)
  return operations.map(({ id }, index) => ({ row: rowOf(id, rows), existed: judged[index]?.existed === 1 }))
}

/** @throws {AppError} `internal_error` if it is not among them */
export function rowOf(id: string, rows: readonly TodoRow[]): TodoRow {
  const row = rows.find((one) => one.id === id)
  if (!row) throw new AppError('internal_error')
  return row
}

/** Does one operation, as `write` does. */
export async function writeOne(writer: Writer, operation: Operation, now: number): Promise<WrittenTodo> {
  const [written] = await write(writer, [operation], now)
  if (!written) throw new AppError('internal_error')
  return written
}
