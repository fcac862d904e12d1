import { sql } from 'drizzle-orm'
import { selectRow } from '../db/select-row'
import { AppError } from '../errors'
import { type CallerValues, prebuildForCaller } from '../sessions/caller-statements'
import { sessions } from '../sessions/tables'
import { dueColumnsOf, NOT_DUE } from './due'
import { foldText } from './fold'
import { newBaseId, newIdAt } from './new-ids'
import { PRIORITIES, type TodoInput } from './schemas'
import { todos } from './tables'
import { type TodoRow, todoSelection } from './todo'
import { bytesOf, newestOf, quotaOf } from './usage'
import { type Writer, writeOne, writeOrExplain } from './write'
import { insertable, scopeOf } from './write-sql'

interface NewTodo extends CallerValues {
  id: string
  contents: string
  description: string | null
  priority: number
  labels: string
  dueAt: number | null
  dueZone: string | null
  recurrence: string | null
  position: string | null
  completedAt: number | null
  foldedContents: string
  foldedDescription: string
  bytes: number
  maxRows: number
  maxBytes: number
}

/** Makes a to-do, if the session lives and there is room. A second run finds the id taken, and does nothing. */
const insertTodo = prebuildForCaller<TodoRow, NewTodo>((value, { isLive }) => {
  const rows = sql`coalesce(newest.total_rows, 0) + 1`
  const bytes = sql`coalesce(newest.total_bytes, 0) + ${value('bytes')}`
  const row = {
    id: value('id'),
    userId: value('userId'),
    contents: value('contents'),
    description: value('description'),
    priority: value('priority'),
    labels: value('labels'),
    dueAt: value('dueAt'),
    dueZone: value('dueZone'),
    recurrence: value('recurrence'),
    parentId: sql`NULL`,
    listId: sql`NULL`,
    position: value('position'),
    importHash: sql`NULL`,
    completedAt: value('completedAt'),
    createdAt: value('now'),
    updatedAt: value('now'),
    version: sql`1`,
    deletedAt: sql`NULL`,
    seq: sql`max(${value('now')}, 1 + coalesce(newest.seq, 0))`,
    foldedContents: value('foldedContents'),
    foldedDescription: value('foldedDescription'),
    totalRows: rows,
    totalBytes: bytes,
  }
  const mayMake = sql`${isLive} AND ${rows} <= ${value('maxRows')} AND ${bytes} <= ${value('maxBytes')}`
  const source = sql`${sessions} LEFT JOIN (${newestOf(value)}) newest`
  return sql`INSERT INTO ${todos} (${insertable}) ${selectRow(todos, row, mayMake, source)}
    ON CONFLICT (id) DO NOTHING RETURNING ${todoSelection}`
})

/**
 * Makes one to-do. It is the most frequent change, so it has a statement of its own. Where that makes nothing,
 * `writeOrExplain` says why: the session has ended, there is no room, or the to-do was made already and the answer was lost.
 * @throws {AppError} `unauthenticated`, `quota_exceeded`
 */
export async function createTodo(writer: Writer, input: TodoInput, now: number): Promise<{ row: TodoRow }> {
  const { db, caller, config } = writer
  const { contents, description, labels, priority, recurrence, position, isDone } = input
  const id = newIdAt(newBaseId(), 0)
  const operation = { op: 'create' as const, id, patch: input }
  // A to-do in a list, under another one, or that comes again has more to be checked.
  if (scopeOf([operation]) === 'full') return writeOne(writer, operation, now)
  const bytes = bytesOf(input)
  const quota = quotaOf(config)
  const statement = insertTodo({
    sessionId: caller.sessionId,
    userId: caller.userId,
    now,
    id,
    contents,
    description,
    priority: PRIORITIES.indexOf(priority),
    labels: JSON.stringify(labels),
    ...(dueColumnsOf(input) ?? NOT_DUE),
    recurrence,
    position,
    completedAt: isDone ? now : null,
    foldedContents: foldText(contents),
    foldedDescription: foldText(description ?? ''),
    bytes: (bytes.contents ?? 0) + (bytes.description ?? 0) + (bytes.labels ?? 0),
    maxRows: quota.rows,
    maxBytes: quota.bytes,
  })
  const [row] = await db.repeatable().rowsOf(statement)
  const [written] = row ? [{ row }] : await writeOrExplain(writer, [operation], now)
  if (!written) throw new AppError('internal_error')
  return written
}
