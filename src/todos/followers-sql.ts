import { type SQL, sql } from 'drizzle-orm'
import type { ValueOf } from '../db/prebuilt'
import { completes, mergedFields, mergedFolds, mergedTexts, reopens } from './after-sql'

/*
 * What follows from an operation, as more operations of the same statement: subtasks do what their parent does, and a recurring to-do makes
 * its next one when it is completed, or takes it back when it is opened again. A to-do that an operation names itself follows nothing.
 */

interface Owner {
  userId: string
}

/**
 * Nobody has touched the next to-do, or a subtask of it, since it was made. Nor does another operation of this statement, which would
 * otherwise leave a subtask without it.
 */
const isUntouched = sql`next.completed_at IS NULL AND next.updated_at = next.created_at
  AND NOT EXISTS (SELECT 1 FROM todos part WHERE part.parent_id = next.id AND part.updated_at <> next.created_at)
  AND NOT EXISTS (SELECT 1 FROM operation other WHERE other.id = next.id OR other.fields ->> 'parentId' = next.id
    OR other.id IN (SELECT part.id FROM todos part WHERE part.parent_id = next.id))`

/** The next to-do, while it is there. */
const isNextThere = (value: ValueOf<Owner>) =>
  sql`next.id = operation.undoes AND next.user_id = ${value('userId')} AND next.deleted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM operation other WHERE other.id = next.id AND other.op = 'delete')`

/** True when a recurring to-do is opened again, but somebody has touched the next one. That one stays and recurs, so this one must not. */
export const nextStays = (value: ValueOf<Owner>) => sql`(operation.undoes IS NOT NULL AND ${reopens}
  AND EXISTS (SELECT 1 FROM todos next WHERE ${isNextThere(value)} AND NOT (${isUntouched})))`

const NO_TEXTS = sql`'{}' AS texts, '{}' AS folded`

/** The subtasks that do what their parent does. Those that were completed or deleted with it have its time. */
const subtasks = (value: ValueOf<Owner>) => sql`SELECT child.id,
    CASE WHEN operation.op IN ('delete', 'restore') THEN operation.op ELSE 'update' END AS op,
    CASE WHEN json_type(operation.fields, '$.listId') IS NULL THEN done.fields
      ELSE json_set(done.fields, '$.listId', operation.fields ->> 'listId') END AS fields, ${NO_TEXTS}
  FROM operation JOIN todos existing ON existing.id = operation.id AND existing.user_id = ${value('userId')}
  JOIN todos child ON child.parent_id = existing.id AND +child.user_id = existing.user_id
    AND child.deleted_at IS CASE operation.op WHEN 'restore' THEN existing.deleted_at END
  JOIN (SELECT '{}' AS fields, NULL AS becomes_done UNION ALL SELECT '{"isDone":true}', 1 UNION ALL SELECT '{"isDone":false}', 0) done
    ON done.becomes_done IS CASE WHEN ${completes} AND child.completed_at IS NULL THEN 1
      WHEN ${reopens} AND child.completed_at = existing.completed_at THEN 0 END
  WHERE operation.op IN ('delete', 'restore') OR done.becomes_done IS NOT NULL
    OR (json_type(operation.fields, '$.listId') IS NOT NULL AND child.list_id IS NOT operation.fields ->> 'listId')`

/** What is the same in each occurrence, and open. */
const openFields = (others: string) => sql.raw(`json_object('isDone', json('false'), 'importHash', NULL, ${others})`)

const textsOf = (row: string) =>
  sql.raw(`json_object('contents', ${row}.contents, 'description', ${row}.description, 'labels', json(${row}.labels)) AS texts,
  json_object('contents', ${row}.folded_contents, 'description', ${row}.folded_description) AS folded`)

/** True when somebody has a to-do with this id already, whoever it is. A deleted one of the same user may be made again. */
const isTaken = (value: ValueOf<Owner>, id: SQL) => sql`EXISTS (SELECT 1 FROM todos taken
  WHERE taken.id = ${id} AND (taken.deleted_at IS NULL OR taken.user_id <> ${value('userId')}))`

/** Whether the next to-do of an operation is to be made: it is not if it is there already, or another operation is about it. */
const makesNext = (value: ValueOf<Owner>) => sql`${completes} AND NOT ${isTaken(value, sql`operation.next ->> 'id'`)}
  AND operation.next ->> 'id' NOT IN (SELECT id FROM operation)`

/** The next to-do of one that is completed. It is as the operation leaves that one. */
const nextOnes = (value: ValueOf<Owner>) => sql`SELECT operation.next ->> 'id', 'put',
    json_set(${openFields(`'dueAt', operation.next ->> 'dueAt', 'dueZone', operation.next ->> 'dueZone',
      'recurrence', operation.next ->> 'recurrence', 'parentId', NULL`)},
      '$.priority', ${mergedFields.priority}, '$.listId', ${mergedFields.listId}, '$.position', ${mergedFields.position}),
    json_object('contents', ${mergedTexts.contents}, 'description', ${mergedTexts.description}, 'labels', json(${mergedTexts.labels})),
    json_object('contents', ${mergedFolds.foldedContents}, 'description', ${mergedFolds.foldedDescription})
  FROM operation JOIN todos existing ON existing.id = operation.id AND existing.user_id = ${value('userId')}
  WHERE operation.next ->> 'id' IS NOT NULL AND ${makesNext(value)}`

/** Its subtasks, open again: those whose ids are free. */
const nextSubtasks = (value: ValueOf<Owner>) => sql`SELECT one.value ->> 'id', 'put',
    json_set(${openFields(`'dueAt', one.value ->> 'dueAt', 'dueZone', one.value ->> 'dueZone', 'recurrence', NULL,
      'parentId', operation.next ->> 'id', 'position', child.position, 'priority', child.priority`)},
      '$.listId', ${mergedFields.listId}), ${textsOf('child')}
  FROM operation JOIN todos existing ON existing.id = operation.id AND existing.user_id = ${value('userId')}
  JOIN json_each(operation.next -> 'subtasks') one
  JOIN todos child ON child.id = one.value ->> 'of' AND child.parent_id = existing.id AND child.deleted_at IS NULL
  WHERE operation.next ->> 'id' IS NOT NULL AND ${makesNext(value)} AND NOT ${isTaken(value, sql`one.value ->> 'id'`)}`

/** The next to-do that is taken back, and its subtasks. */
const takenBack = (value: ValueOf<Owner>) => sql`SELECT part.id, 'delete', '{}', ${NO_TEXTS}
  FROM operation JOIN todos existing ON existing.id = operation.id AND existing.user_id = ${value('userId')}
  JOIN todos next ON ${isNextThere(value)} AND ${isUntouched}
  JOIN todos part ON part.id = next.id OR (part.parent_id = next.id AND part.deleted_at IS NULL)
  WHERE ${reopens}`

/** The table `follower` of a statement: what follows from its operations. Its places go on after theirs. */
export const followers = (value: ValueOf<Owner>) => sql`follower AS MATERIALIZED (
    SELECT one.*, (SELECT count(*) FROM operation) + row_number() OVER () - 1 AS place FROM (
      ${subtasks(value)} UNION ALL ${nextOnes(value)} UNION ALL ${nextSubtasks(value)} UNION ALL ${takenBack(value)}
    ) one WHERE one.id NOT IN (SELECT id FROM operation)
  )`
