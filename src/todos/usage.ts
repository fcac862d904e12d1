import { type SQL, sql } from 'drizzle-orm'
import type { Config } from '../config'
import type { Db } from '../db/client'
import { selectRow } from '../db/select-row'
import { AppError } from '../errors'
import type { Operation } from './operations'
import type { TodoPatch } from './schemas'
import { todos, todoUsage } from './tables'

/*
 * How many to-dos a user has, and how many bytes of text are in them. Whatever changes to-dos changes these counts in the same
 * transaction, so they are always exact.
 */

/** How many to-dos a user may have, tombstones included, and how many bytes of text. */
export interface TodoQuota {
  rows: number
  bytes: number
}

export const quotaOf = ({ TODO_QUOTA_ROWS, TODO_QUOTA_BYTES }: Config): TodoQuota => ({
  rows: TODO_QUOTA_ROWS,
  bytes: TODO_QUOTA_BYTES,
})

const encoder = new TextEncoder()
const utf8Length = (text: string): number => encoder.encode(text).byteLength

/** How many bytes the texts of a patch have. Labels have those of the JSON that is stored. */
export const bytesOf = ({ contents, description, labels }: TodoPatch) => ({
  ...(contents !== undefined && { contents: utf8Length(contents) }),
  ...(description !== undefined && { description: utf8Length(description ?? '') }),
  ...(labels !== undefined && { labels: utf8Length(JSON.stringify(labels)) }),
})

/** Whether an operation can change the counts. To complete, delete or restore a to-do does not. */
export const changesUsage = (operation: Operation): boolean =>
  operation.op === 'create' ||
  operation.op === 'put' ||
  (operation.op === 'update' && Object.keys(bytesOf(operation.patch)).length > 0)

const textColumns = [todos.contents, todos.description, todos.labels].map(({ name }) => name)

/** How many bytes of text a row of `todos` has. */
export const bytesOfRow = sql.raw(textColumns.map((name) => `coalesce(octet_length(${name}), 0)`).join(' + '))

/** How many bytes an operation adds to the to-do `existing`: below zero if it takes some away. */
export const addedBytes = sql.raw(
  textColumns
    .map((name) => `coalesce((operation.bytes ->> '${name}') - coalesce(octet_length(existing.${name}), 0), 0)`)
    .join(' + '),
)

/**
 * The counts of a user as they would be after the operations, as the table `usage` of a statement. The table `judged` has what
 * each operation adds. Operations that add nothing are never over the quota.
 */
export const usageAfter = (userId: string, quota: TodoQuota): SQL => sql`growth AS (
    SELECT sum(added_rows) AS rows, sum(added_bytes) AS bytes, count(code) = 0 AND max(changes) AS is_allowed FROM judged
  ), usage AS (
    SELECT is_allowed, growth.rows + coalesce(todo_usage.rows, 0) AS rows, growth.bytes + coalesce(todo_usage.bytes, 0) AS bytes,
      growth.rows > 0 AND growth.rows + coalesce(todo_usage.rows, 0) > ${quota.rows} AS over_rows,
      growth.bytes > 0 AND growth.bytes + coalesce(todo_usage.bytes, 0) > ${quota.bytes} AS over_bytes
    FROM growth LEFT JOIN todo_usage ON todo_usage.user_id = ${userId}
  )`

/** A write, and the name by which it is counted. */
interface CountedWrite {
  userId: string
  name: string
  onlyIf: SQL
}

/**
 * The statement that decides: it counts the operations, if none of them is refused, the quota has room and `onlyIf` holds.
 * @param judgement the tables `judged` and `usage`
 */
export function countWrite(db: Db, judgement: SQL, { userId, name, onlyIf }: CountedWrite) {
  const row = { userId, rows: sql`usage.rows`, bytes: sql`usage.bytes`, lastWrite: name, searches: [] }
  const mayWrite = sql`${onlyIf} AND is_allowed AND NOT over_rows AND NOT over_bytes`
  return db
    .insert(todoUsage)
    .select(sql`${judgement} ${selectRow(todoUsage, row, mayWrite, sql`usage`)}`)
    .onConflictDoUpdate({
      target: todoUsage.userId,
      set: { rows: sql`excluded.rows`, bytes: sql`excluded.bytes`, lastWrite: name },
    })
}

/** True after `countWrite` has counted the write of this name, in the same transaction. */
export const wasCounted = (userId: string, name: string): SQL =>
  sql`EXISTS (SELECT 1 FROM ${todoUsage} WHERE ${todoUsage.userId} = ${userId} AND ${todoUsage.lastWrite} = ${name})`

/** The error of a change for which there is no room. It says what there is too much of. */
export function quotaExceeded(quota: TodoQuota, isOver: { rows: boolean; bytes: boolean }): AppError {
  const errors = [
    ...(isOver.rows ? [{ path: '', code: 'too_many_todos', message: `At most ${quota.rows} to-dos` }] : []),
    ...(isOver.bytes ? [{ path: '', code: 'too_many_bytes', message: `At most ${quota.bytes} bytes of text` }] : []),
  ]
  const detail = `${errors.map(({ message }) => `${message}.`).join(' ')} A deleted to-do counts for 30 days.`
  return new AppError('quota_exceeded', { detail, errors })
}
