import { desc, eq, type SQL, sql } from 'drizzle-orm'
import type { Config } from '../config'
import type { Db } from '../db/client'
import type { ValueOf } from '../db/prebuilt'
import { AppError } from '../errors'
import type { TodoPatch } from './schemas'
import { todos } from './tables'

/*
 * How many to-dos a user has, and how many bytes of text are in them. Each change writes the counts of its user, as they are after it,
 * into the to-do that it changes. So the to-do with the greatest `seq` has the current counts, and they cost no row of their own.
 */

/** How many to-dos there are, tombstones included, and how many bytes of text. */
export interface TodoUsage {
  rows: number
  bytes: number
}

interface UsageValues {
  userId: string
  /** How many to-dos the user may have, and how many bytes. */
  maxRows: number
  maxBytes: number
}

export const quotaOf = ({ TODO_QUOTA_ROWS, TODO_QUOTA_BYTES }: Config): TodoUsage => ({
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

const textColumns = [todos.contents, todos.description, todos.labels].map(({ name }) => name)

/** How many bytes of text a row of `todos` has. */
export const bytesOfRow = sql.raw(textColumns.map((name) => `coalesce(octet_length(${name}), 0)`).join(' + '))

/** How many bytes an operation adds to the to-do `existing`: below zero if it takes some away. */
export const addedBytes = sql.raw(
  textColumns
    .map((name) => `coalesce((operation.bytes ->> '${name}') - coalesce(octet_length(existing.${name}), 0), 0)`)
    .join(' + '),
)

/** The query of the newest change of a user, with the counts after it. It gives no row for a user without to-dos and tombstones. */
export const newestOf = (value: ValueOf<Pick<UsageValues, 'userId'>>): SQL =>
  sql`SELECT seq, total_rows, total_bytes FROM todos WHERE user_id = ${value('userId')} ORDER BY seq DESC LIMIT 1`

/** The rows and bytes that followers add: only to-dos that are made anew have any. */
const addedByFollowers = sql`UNION ALL
    SELECT existing.id IS NULL, ${sql.raw(
      textColumns
        .map(
          (name) =>
            `coalesce(octet_length(follower.texts ->> '${name}'), 0) - coalesce(octet_length(existing.${name}), 0)`,
        )
        .join(' + '),
    )}, NULL FROM follower LEFT JOIN todos existing ON existing.id = follower.id WHERE follower.op = 'put'`

/**
 * The counts of the user as they would be after the operations, as the table `usage` of a statement, and whether all operations are
 * allowed. The table `judged` of `judge-sql.ts` has what each operation adds. Operations that add nothing are never over the quota.
 * @param hasFollowers whether there is a table `follower`
 */
export const usageAfter = (
  value: ValueOf<UsageValues>,
  hasFollowers: boolean,
): SQL => sql`newest AS MATERIALIZED (${newestOf(value)}), growth AS (
    SELECT sum(added_rows) AS rows, sum(added_bytes) AS bytes, count(code) = 0 AS is_allowed FROM (
      SELECT added_rows, added_bytes, code FROM judged ${hasFollowers ? addedByFollowers : sql``}
    )
  ), usage AS MATERIALIZED (
    SELECT is_allowed, coalesce(newest.seq, 0) AS seq, ${hasFollowers ? sql`(SELECT count(*) FROM follower)` : sql`0`} AS followers,
      growth.rows + coalesce(total_rows, 0) AS rows, growth.bytes + coalesce(total_bytes, 0) AS bytes,
      growth.rows > 0 AND growth.rows + coalesce(total_rows, 0) > ${value('maxRows')} AS over_rows,
      growth.bytes > 0 AND growth.bytes + coalesce(total_bytes, 0) > ${value('maxBytes')} AS over_bytes
    FROM growth LEFT JOIN newest
  )`

/** The query of a user's counts, for an export. It gives no row for a user without to-dos and tombstones. */
export const selectUsage = (db: Db, userId: string) =>
  db
    .select({ rows: todos.totalRows, bytes: todos.totalBytes })
    .from(todos)
    .where(eq(todos.userId, userId))
    .orderBy(desc(todos.seq))
    .limit(1)

/** The error of a change for which there is no room. It says what there is too much of. */
export function quotaExceeded(quota: TodoUsage, isOver: { rows: boolean; bytes: boolean }): AppError {
  const errors = [
    ...(isOver.rows ? [{ path: '', code: 'too_many_todos', message: `At most ${quota.rows} to-dos` }] : []),
    ...(isOver.bytes ? [{ path: '', code: 'too_many_bytes', message: `At most ${quota.bytes} bytes of text` }] : []),
  ]
  const detail = `${errors.map(({ message }) => `${message}.`).join(' ')} A deleted to-do counts for 30 days.`
  return new AppError('quota_exceeded', { detail, errors })
}
