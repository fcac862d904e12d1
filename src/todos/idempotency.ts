import { type SQL, sql } from 'drizzle-orm'
import type { ValueOf } from '../db/prebuilt'
import { selectRow } from '../db/select-row'
import { AppError } from '../errors'
import { invalidIdempotencyKey } from '../http/idempotency-key'
import { sha256 } from '../lib/sha256'
import { DAY_MS } from '../lib/time'
import { prebuildForCaller } from '../sessions/caller-statements'
import { sessions } from '../sessions/tables'
import { countingFollowers } from './count-followers'
import { judge, mayGoOn, type Scope, withJudgement } from './judge-sql'
import { idFrom, isCounted, newBaseId, newIdAt } from './new-ids'
import type { Operation } from './operations'
import { selectUnprepared, untilPrepared } from './recurring'
import type { TodoInput } from './schemas'
import { idempotencyKeys, todos } from './tables'
import { type TodoRow, todoSelection } from './todo'
import { quotaOf } from './usage'
import { areAllNew, requireAllowed, rowOf, type Writer } from './write'
import { scopeOf, upsertsIf, type WriteValues } from './write-sql'
import { toColumns, writeValues } from './write-values'

/** How long a key is remembered. */
export const IDEMPOTENCY_KEY_LIFE_MS = DAY_MS

/** What an answer says if an earlier request did what was asked. */
export const replayHeader = (isReplay: boolean): Record<string, string> =>
  isReplay ? { 'Idempotent-Replayed': 'true' } : {}

/** A request with a key. */
export interface KeyedRequest {
  key: string
  /** A key of one route is refused at another. */
  route: 'todo' | 'batch'
  /** The ids of new to-dos are counted from `baseId`: see `new-ids.ts`. */
  operations: readonly Operation[]
  baseId: string
}

/**
 * Does operations once for an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07), all or none.
 *
 * The race: many requests with one key at once. The key is taken in the transaction that does the operations, so one of them does
 * them and the others find the key. A request that is refused does not take it.
 * @returns the to-do of each operation as it is now, or as it was when it was deleted; and whether an earlier request did them
 * @throws {AppError} `unauthenticated` when the session has ended, `invalid_fields` when the key was used for something else,
 *   `quota_exceeded`, `content_too_large`
 * @throws {RefusedOperation} `not_found` or `precondition_failed`, for the first operation that is refused
 */
export async function writeOnce(
  { db, caller, config, countWrites }: Writer,
  { key, route, operations, baseId }: KeyedRequest,
  now: number,
): Promise<{ rows: TodoRow[]; isReplay: boolean }> {
  const quota = quotaOf(config)
  const inputHash = await sha256(askedFor(route, operations))
  const attempt = (maxFollowers: number) =>
    untilPrepared(operations, now, async (ready) => {
      const written = writeValues({ caller, operations: ready, quota, maxFollowers, now })
      const values = { ...written, key, keysSince: now - IDEMPOTENCY_KEY_LIFE_MS, baseId, inputHash }
      // A second run finds the key that the first one has taken, and does nothing that the first one did not do.
      const tried = await (areAllNew(ready) ? db.repeatable() : db).rowsOfEach({
        usedBefore: selectUse(values),
        judged: judge[scopeOf(ready)](values),
        keyTaken: takeKey[scopeOf(ready)](values),
        upserted: upsertOnce(ready, values),
        rows: selectWrittenOnce(values),
        unprepared: selectUnprepared(values),
      })
      return tried.usedBefore.length > 0 ? { ...tried, judged: [], unprepared: [] } : tried
    })
  const results = await countingFollowers(countWrites, attempt)
  const [used] = results.usedBefore
  if (used && used.inputHash !== inputHash) {
    throw invalidIdempotencyKey('reused', 'Was used for another request within 24 hours')
  }
  if (!used) requireAllowed(results.judged, quota)
  const usedBaseId = used?.baseId ?? baseId
  const ids = operations.map((one, position) => (isCounted(one) ? newIdAt(usedBaseId, position) : one.id))
  return { rows: ids.map((id) => rowOf(id, results.rows)), isReplay: usedBaseId !== baseId }
}

/**
 * Makes one to-do once, as `writeOnce` does.
 * @returns the to-do, and whether an earlier request made it
 */
export async function createOnce(
  writer: Writer,
  { key, input }: { key: string; input: TodoInput },
  now: number,
): Promise<{ row: TodoRow; isReplay: boolean }> {
  const baseId = newBaseId()
  const operations = [{ op: 'create' as const, id: newIdAt(baseId, 0), patch: input }]
  const { rows, isReplay } = await writeOnce(writer, { key, route: 'todo', operations, baseId }, now)
  const [row] = rows
  if (!row) throw new AppError('internal_error')
  return { row, isReplay }
}

/** What a request asks for: the same text for every request that asks for the same. */
const askedFor = (route: KeyedRequest['route'], operations: readonly Operation[]): string =>
  JSON.stringify([
    route,
    ...operations.map((one) => ({
      ...one,
      id: isCounted(one) ? null : one.id,
      patch: 'patch' in one ? toColumns(one) : null,
    })),
  ])

interface KeyValues extends WriteValues {
  key: string
  /** Keys that were used until then are forgotten. */
  keysSince: number
  baseId: string
  inputHash: string
}

/** The use of the key within its life. */
const isUse = (value: ValueOf<KeyValues>): SQL => sql`${idempotencyKeys.userId} = ${value('userId')}
  AND ${idempotencyKeys.key} = ${value('key')} AND ${idempotencyKeys.usedAt} > ${value('keysSince')}`

const existsUse = (value: ValueOf<KeyValues>, condition = sql`true`): SQL =>
  sql`EXISTS (SELECT 1 FROM ${idempotencyKeys} WHERE ${isUse(value)} AND ${condition})`

const selectUse = prebuildForCaller<{ inputHash: string; baseId: string }, KeyValues>(
  (value, { isLive }) => sql`SELECT ${idempotencyKeys.inputHash} AS "inputHash", ${idempotencyKeys.baseId} AS "baseId"
    FROM ${sessions}, ${idempotencyKeys} WHERE ${isLive} AND ${isUse(value)}`,
)

/** Takes the key, if it is free and all operations may be done. */
const prebuildTakeKey = (scope: Scope) =>
  prebuildForCaller<never, KeyValues>((value, { whileLive }) => {
    const taken = {
      userId: value('userId'),
      key: value('key'),
      inputHash: value('inputHash'),
      baseId: value('baseId'),
      usedAt: value('now'),
    }
    const mayTake = sql`${whileLive} AND ${mayGoOn(value)} AND NOT ${existsUse(value)}`
    return sql`${withJudgement(value, scope)} INSERT INTO ${idempotencyKeys} ${selectRow(idempotencyKeys, taken, mayTake, sql`usage`)}
    ON CONFLICT DO UPDATE SET input_hash = excluded.input_hash, base_id = excluded.base_id, used_at = excluded.used_at`
  })

const takeKey = { plain: prebuildTakeKey('plain'), full: prebuildTakeKey('full') }

/** Does the operations, if this request has taken the key. */
const upsertOnce = upsertsIf<KeyValues>((value) =>
  existsUse(value, sql`${idempotencyKeys.baseId} = ${value('baseId')}`),
)

/** The to-dos of the request that took the key. */
const selectWrittenOnce = prebuildForCaller<TodoRow, KeyValues>(
  (
    value,
    { isLive },
  ) => sql`SELECT ${todoSelection} FROM ${sessions}, ${idempotencyKeys}, json_each(${value('operations')})
    JOIN ${todos} ON ${todos.id} = ${idFrom(sql`${idempotencyKeys.baseId}`, sql`json_each.value`)} AND +${todos.userId} = ${value('userId')}
    WHERE ${isLive} AND ${isUse(value)}`,
)
