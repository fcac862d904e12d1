import { and, eq, gt, notExists, sql } from 'drizzle-orm'
import { base64url } from 'jose'
import { existsRow } from '../db/exists'
import { selectRow } from '../db/select-row'
import { AppError } from '../errors'
import { DAY_MS } from '../lib/time'
import { asCaller } from '../sessions/as-caller'
import type { TodoInput } from './schemas'
import { idempotencyKeys, todos } from './tables'
import { type TodoRow, todoColumns } from './todo'
import { quotaOf } from './usage'
import { requireAllowed, type Writer, writeStatements } from './write'

/** How long a key is remembered. */
export const IDEMPOTENCY_KEY_LIFE_MS = DAY_MS

/**
 * The `Idempotency-Key` of a request, or null.
 * @throws {AppError} `invalid_fields`
 */
export function readIdempotencyKey(header: string | undefined): string | null {
  if (header === undefined) return null
  if (!/^[\x21-\x7e]{1,255}$/.test(header)) {
    throw invalidKey('invalid_format', 'Must be 1 to 255 visible ASCII characters')
  }
  return header
}

const invalidKey = (code: string, message: string): AppError =>
  new AppError('invalid_fields', { errors: [{ path: '/Idempotency-Key', code, message }] })

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
  const { userId } = caller
  const quota = quotaOf(config)
  const dueAt = input.dueAt && Date.parse(input.dueAt)
  const inputHash = await sha256(JSON.stringify({ ...input, dueAt }))
  const isKey = and(eq(idempotencyKeys.userId, userId), eq(idempotencyKeys.key, key))
  const usedBefore = db
    .select({ inputHash: idempotencyKeys.inputHash })
    .from(idempotencyKeys)
    .where(and(isKey, gt(idempotencyKeys.usedAt, now - IDEMPOTENCY_KEY_LIFE_MS)))

  // A second run finds the key that the first one has taken.
  const results = await asCaller(db.repeatable(), caller, now, (whileLive) => {
    const wasMade = sql`${whileLive} AND ${existsRow(db, todos, eq(todos.id, id))}`
    const onlyIf = sql`${whileLive} AND ${notExists(usedBefore)}`
    const operations = [{ op: 'create' as const, id, patch: input }]
    return {
      usedBefore,
      written: writeStatements(db, { userId, operations, now, quota, onlyIf }),
      keyTaken: db
        .insert(idempotencyKeys)
        .select(selectRow(idempotencyKeys, { userId, key, inputHash, todoId: id, usedAt: now }, wasMade))
        .onConflictDoUpdate({
          target: [idempotencyKeys.userId, idempotencyKeys.key],
          set: { inputHash, todoId: id, usedAt: now },
        }),
      todo: db
        .select(todoColumns)
        .from(todos)
        .innerJoin(idempotencyKeys, eq(idempotencyKeys.todoId, todos.id))
        .where(and(isKey, eq(todos.userId, userId))),
    }
  })
  const [used] = results.usedBefore
  const [row] = results.todo
  if (used && used.inputHash !== inputHash) {
    throw invalidKey('reused', 'Was used for another to-do within 24 hours')
  }
  if (!used) requireAllowed(results.written.judged, quota)
  if (!row) throw new AppError('internal_error')
  return { row, isReplay: used !== undefined && row.id !== id }
}

const sha256 = async (text: string): Promise<string> =>
  base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
