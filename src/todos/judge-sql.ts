import { type SQL, sql } from 'drizzle-orm'
import type { ValueOf } from '../db/prebuilt'
import { type CallerValues, prebuildForCaller } from '../sessions/caller-statements'
import { sessions } from '../sessions/tables'
import type { RefusalCode } from './operations'
import { addedBytes, usageAfter } from './usage'

/*
 * The SQL that decides whether operations may be done. In it, `operation` is a row of the operations that were asked for, and
 * `existing` is the row of `todos` with its id, or NULLs.
 */

/** What decides whether operations are done. `write-values.ts` makes the values. */
export interface JudgeValues extends CallerValues {
  /** JSON of the operations, without their texts: of these it has the lengths. */
  operations: string
  /** A to-do that was deleted until then cannot be restored. */
  forgottenUntil: number
  maxRows: number
  maxBytes: number
}

/** True when the to-do exists and is not deleted. */
const isThere = sql`existing.id IS NOT NULL AND existing.deleted_at IS NULL`

/** True when one of `tags` is `*` or the tag of the existing to-do: its version in quotes. */
const hasTag = (tags: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM json_each(${tags}) WHERE value IN ('*', '"' || existing.version || '"'))`

/**
 * The operations as tables of a statement: `operation`; `judged`, which has a `code` for each operation that is refused; and
 * `usage`, which says whether there is room for all of them. MATERIALIZED: otherwise SQLite would parse the JSON of an operation
 * again for each column that reads it.
 *
 * An operation is refused
 * - if it makes a to-do under an id that its client chose, and there is or was one with that id, whoever has it;
 * - if another user has its id;
 * - if it changes or deletes what is not there;
 * - if it restores what was not deleted within the life of a tombstone;
 * - if it has an `If-Match` and the to-do is not there in one of these versions;
 * - if it has an `If-None-Match` and it is there in one of these.
 * @param texts more columns of `operation`
 */
export const withJudgement = (value: ValueOf<JudgeValues>, texts = sql``): SQL => sql`WITH operation AS MATERIALIZED (
    SELECT key AS place, value ->> 'op' AS op, value ->> 'id' AS id, value ->> 'hasOwnId' AS has_own_id, value -> 'bytes' AS bytes,
      value -> 'fields' AS fields,
      value -> 'ifMatch' AS if_match, value -> 'ifNoneMatch' AS if_none_match ${texts}
    FROM json_each(${value('operations')})
  ), judged AS MATERIALIZED (
    SELECT operation.place, ${isThere} AS existed, existing.id IS NULL AS added_rows, ${addedBytes} AS added_bytes,
      CASE
      WHEN operation.has_own_id AND existing.id IS NOT NULL THEN 'precondition_failed'
      WHEN existing.user_id <> ${value('userId')} THEN 'not_found'
      WHEN operation.op IN ('update', 'delete') AND NOT (${isThere}) THEN 'not_found'
      WHEN operation.op = 'restore' AND (existing.id IS NULL OR existing.deleted_at <= ${value('forgottenUntil')}) THEN 'not_found'
      WHEN operation.if_match IS NOT NULL AND NOT (${isThere} AND ${hasTag(sql`operation.if_match`)}) THEN 'precondition_failed'
      WHEN operation.if_none_match IS NOT NULL AND ${isThere} AND ${hasTag(sql`operation.if_none_match`)} THEN 'precondition_failed'
    END AS code
    FROM operation LEFT JOIN todos existing ON existing.id = operation.id
  ), ${usageAfter(value)}`

/** The verdict on an operation. `code` is null if it is allowed. */
export interface Judged {
  /** Which operation it is, from 0. */
  place: number
  existed: 0 | 1
  code: RefusalCode | null
  overRows: 0 | 1
  overBytes: 0 | 1
}

/** The verdict on each operation, in their order. It gives no rows if the session has ended. */
export const judge = prebuildForCaller<Judged, JudgeValues>(
  (value, { isLive }) => sql`SELECT place, existed, code, over_rows AS "overRows", over_bytes AS "overBytes" FROM (
    ${withJudgement(value)} SELECT * FROM judged, usage
  ), ${sessions} WHERE ${isLive} ORDER BY place`,
)
