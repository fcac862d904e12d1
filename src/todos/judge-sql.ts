import { type SQL, sql } from 'drizzle-orm'
import type { ValueOf } from '../db/prebuilt'
import { type CallerValues, prebuildForCaller } from '../sessions/caller-statements'
import { sessions } from '../sessions/tables'
import { completes, dueAtAfter, dueZoneAfter, recurrenceAfter, reopens } from './after-sql'
import { followers } from './followers-sql'
import { crowded, homeRefusals } from './homes-sql'
import type { RefusalCode } from './operations'
import { hasTag } from './tag-sql'
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
  /** How many to-dos may change because of the operations: `count-followers.ts`. */
  maxFollowers: number
}

/** True when the to-do exists and is not deleted. */
const isThere = sql`existing.id IS NOT NULL AND existing.deleted_at IS NULL`

/**
 * What a statement has to look at. A `plain` one changes texts, or makes to-dos that are in no list, under no parent, and do not come
 * again. A `full` one also looks at all of that, and at what follows from its operations.
 */
export type Scope = 'plain' | 'full'

/** True when a recurring to-do is completed or opened again, and the operation does not say what follows from that: `recurring.ts`. */
export const isUnprepared = sql`(
    (${completes} AND (${recurrenceAfter}) IS NOT NULL AND (operation.next IS NULL OR operation.next ->> 'fromDueAt' IS NOT (${dueAtAfter})
      OR operation.next ->> 'fromDueZone' IS NOT (${dueZoneAfter}) OR operation.next ->> 'fromRecurrence' IS NOT (${recurrenceAfter})))
    OR (${reopens} AND existing.recurrence IS NOT NULL AND operation.undoes IS NULL))`

/** The lines of a CASE that refuse what only a `full` statement does, and the table that they need. */
const fullRefusals = (value: ValueOf<JudgeValues>): SQL =>
  sql`${homeRefusals(value)} WHEN ${isUnprepared} THEN 'unprepared'`
const joinParent = (value: ValueOf<JudgeValues>): SQL =>
  sql`LEFT JOIN todos parent ON parent.id = operation.fields ->> 'parentId' AND parent.user_id = ${value('userId')}`

/** The table `operation` of a statement. */
export const operationTable = (
  value: ValueOf<JudgeValues>,
  texts = sql`, NULL AS texts, NULL AS folded`,
): SQL => sql`operation AS MATERIALIZED (
    SELECT key AS place, value ->> 'op' AS op, value ->> 'id' AS id, value ->> 'hasOwnId' AS has_own_id, value -> 'bytes' AS bytes,
      value -> 'fields' AS fields, value -> 'next' AS next, value ->> 'undoes' AS undoes,
      value -> 'ifMatch' AS if_match, value -> 'ifNoneMatch' AS if_none_match ${texts}
    FROM json_each(${value('operations')})
  )`

/**
 * The operations as tables of a statement: `operation`; `judged`, which has a `code` for each operation that is refused;
 * `follower`, which has what follows from them if the scope is `full`; and `usage`, which says whether there is room for all of them.
 * MATERIALIZED: otherwise SQLite would parse the JSON of an operation again for each column that reads it.
 *
 * An operation is refused
 * - if it makes a to-do under an id that its client chose, and there is or was one with that id, whoever has it;
 * - if another user has its id;
 * - if it changes or deletes what is not there;
 * - if it restores what was not deleted within the life of a tombstone;
 * - if it has an `If-Match` and the to-do is not there in one of these versions;
 * - if it has an `If-None-Match` and it is there in one of these;
 * - if its parent or its list is not there, or it cannot be there: `homes-sql.ts`.
 * @param texts more columns of `operation`
 */
export const withJudgement = (
  value: ValueOf<JudgeValues>,
  scope: Scope,
  texts?: SQL,
): SQL => sql`WITH ${operationTable(value, texts)}, ${scope === 'full' ? sql`${crowded(value)},` : sql``} judged AS MATERIALIZED (
    SELECT operation.place, ${isThere} AS existed, existing.id IS NULL AS added_rows, ${addedBytes} AS added_bytes,
      CASE
      WHEN operation.has_own_id AND existing.id IS NOT NULL THEN 'precondition_failed'
      WHEN existing.user_id <> ${value('userId')} THEN 'not_found'
      WHEN operation.op IN ('update', 'delete') AND NOT (${isThere}) THEN 'not_found'
      WHEN operation.op = 'restore' AND (existing.id IS NULL OR existing.deleted_at <= ${value('forgottenUntil')}) THEN 'not_found'
      WHEN operation.if_match IS NOT NULL AND NOT (${isThere} AND ${hasTag(sql`operation.if_match`)}) THEN 'precondition_failed'
      WHEN operation.if_none_match IS NOT NULL AND ${isThere} AND ${hasTag(sql`operation.if_none_match`)} THEN 'precondition_failed'
      ${scope === 'full' ? fullRefusals(value) : sql``}
    END AS code
    FROM operation LEFT JOIN todos existing ON existing.id = operation.id ${scope === 'full' ? joinParent(value) : sql``}
  ), ${scope === 'full' ? sql`${followers(value)},` : sql``} ${usageAfter(value, scope === 'full')}`

/** True when all operations are allowed, and there is room for them. */
export const mayGoOn = (value: ValueOf<JudgeValues>): SQL =>
  sql`(is_allowed AND NOT over_rows AND NOT over_bytes AND followers <= ${value('maxFollowers')})`

/** The verdict on an operation. `code` is null if it is allowed. */
export interface Judged {
  /** Which operation it is, from 0. */
  place: number
  existed: 0 | 1
  code: RefusalCode | 'unprepared' | null
  overRows: 0 | 1
  overBytes: 0 | 1
  /** How many to-dos change because of all operations. */
  followers: number
}

/** The verdict on each operation, in their order. It gives no rows if the session has ended. */
const prebuildJudge = (scope: Scope) =>
  prebuildForCaller<Judged, JudgeValues>(
    (
      value,
      { isLive },
    ) => sql`SELECT place, existed, code, over_rows AS "overRows", over_bytes AS "overBytes", followers FROM (
    ${withJudgement(value, scope)} SELECT * FROM judged, usage
  ), ${sessions} WHERE ${isLive} ORDER BY place`,
  )

export const judge = { plain: prebuildJudge('plain'), full: prebuildJudge('full') }
