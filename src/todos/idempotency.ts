import { type SQL, sql } from 'drizzle-orm'
import type { ValueOf } from '../db/prebuilt'
import { selectRow } from '../db/select-row'
import { AppError } from '../errors'
import { invalidIdempotencyKey } from '../http/idempotency-key'
import { sha256 } from '../lib/sha256'
import { DAY_MS } from '../lib/time'
import { type CallerValues, prebuildForCaller } from '../sessions/caller-statements'
import { sessions } from '../sessions/tables'
import { judge } from './judge-sql'
import type { TodoInput } from './schemas'
import { idempotencyKeys, todos } from './tables'
import { type TodoRow, todoSelection } from './todo'
import { quotaOf } from './usage'
import { requireAllowed, type Writer } from './write'
import { prebuildUpsert } from './write-sql'
import { writeValues } from './write-values'

/** How long a key is remembered. */
export const IDEMPOTENCY_KEY_LIFE_MS = DAY_MS

/**
 * Makes a to-do once for an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07).
 *
 * The race: many requests with one key at once. The key is taken in the transaction that makes the to-do, so one of them makes
 * it and the others find it.
 * @returns the to-do as it is now, or as it was when it was deleted; and whether an earlier request made it
 * @throws {AppError} `unauthenticated` when the session has ended, `invalid_fields` when the key was used for something else,
 *   `quota_exceeded`
 */
export async function createOnce(
  { db, caller, config }: Writer,
  { key, id, input }: { key: string; id: string; input: TodoInput },
  now: number,
): Promise<{ row: TodoRow; isReplay: boolean }> {
  const quota = quotaOf(config)
  const operations = [{ op: 'create' as const, id, patch: input }]
  const dueAt = input.dueAt && Date.parse(input.dueAt)
  const inputHash = await sha256(JSON.stringify({ ...input, dueAt }))
  const written = writeValues({ caller, operations, quota, now })
  const values = { ...written, key, keysSince: now - IDEMPOTENCY_KEY_LIFE_MS, id, inputHash }
  // A second run finds the key that the first one has taken.
  const results = await db.repeatable().rowsOfEach({
    usedBefore: selectUse(values),
    judged: judge(values),
    upserted: upsertOnce(values),
    keyTaken: takeKey(values),
    rows: selectMade(values),
  })
  const [used] = results.usedBefore
  const [row] = results.rows
  if (used && used.inputHash !== inputHash) {
    throw invalidIdempotencyKey('reused', 'Was used for another to-do within 24 hours')
  }
  if (!used) requireAllowed(results.judged, quota)
  if (!row) throw new AppError('internal_error')
  return { row, isReplay: used !== undefined && row.id !== id }
}

interface KeyValues extends CallerValues {
  key: string
  /** Keys that were used until then are forgotten. */
  keysSince: number
  id: string
  inputHash: string
}

/** The use of the key within its life. */
const isUse = (value: ValueOf<KeyValues>): SQL => sql`${idempotencyKeys.userId} = ${value('userId')}
  AND ${idempotencyKeys.key} = ${value('key')} AND ${idempotencyKeys.usedAt} > ${value('keysSince')}`

const selectUse = prebuildForCaller<{ inputHash: string }, KeyValues>(
  (value, { isLive }) => sql`SELECT ${idempotencyKeys.inputHash} AS "inputHash" FROM ${sessions}, ${idempotencyKeys}
    WHERE ${isLive} AND ${isUse(value)}`,
)

/** The to-do is new, so nothing of it is changed. */
const upsertOnce = prebuildUpsert<KeyValues>(
  ['version'],
  (value) => sql`NOT EXISTS (SELECT 1 FROM ${idempotencyKeys} WHERE ${isUse(value)})`,
)

/** Takes the key, if the to-do was made. */
const takeKey = prebuildForCaller<never, KeyValues>((value, { whileLive }) => {
  const taken = {
    userId: value('userId'),
    key: value('key'),
    inputHash: value('inputHash'),
    todoId: value('id'),
    usedAt: value('now'),
  }
  const wasMade = sql`EXISTS (SELECT 1 FROM ${todos} WHERE ${todos.id} = ${value('id')})`
  return sql`INSERT INTO ${idempotencyKeys} ${selectRow(idempotencyKeys, taken, sql`${whileLive} AND ${wasMade}`)}
    ON CONFLICT DO UPDATE SET input_hash = excluded.input_hash, todo_id = excluded.todo_id, used_at = excluded.used_at`
})

const selectMade = prebuildForCaller<TodoRow, KeyValues>(
  (value, { isLive }) => sql`SELECT ${todoSelection} FROM ${sessions}, ${idempotencyKeys}
    JOIN ${todos} ON ${todos.id} = ${idempotencyKeys.todoId} AND ${todos.userId} = ${value('userId')}
    WHERE ${isLive} AND ${idempotencyKeys.userId} = ${value('userId')} AND ${idempotencyKeys.key} = ${value('key')}`,
)
