import { type SQL, sql } from 'drizzle-orm'
import type { ValueOf } from '../db/prebuilt'
import { MAX_SUBTASKS } from '../limits'
import { recurrenceAfter } from './after-sql'
import { lists } from './lists/tables'

/*
 * Where to-dos are: under a parent, and in a list. A to-do has no parent, or one that has none itself; it is in the list of its parent.
 * `operation` and `existing` mean the same as in `judge-sql.ts`.
 */

interface Owner {
  userId: string
}

const namesParent = sql`json_type(operation.fields, '$.parentId') IS NOT NULL`
const newParent = sql`operation.fields ->> 'parentId'`

/** Those among the operations that are about the to-do with this id. */
const amongOperations = (id: SQL, condition: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM operation other WHERE other.id = ${id} AND ${condition})`

/** How many subtasks a to-do would have after the operations, and what follows from them. */
const subtasksAfter = (
  id: SQL,
): SQL => sql`((SELECT count(*) FROM todos child WHERE child.parent_id = ${id} AND child.deleted_at IS NULL
    AND child.id NOT IN (SELECT one.id FROM operation one WHERE one.op = 'delete' OR json_type(one.fields, '$.parentId') IS NOT NULL))
  + (SELECT count(*) FROM operation one WHERE one.fields ->> 'parentId' = ${id})
  + (SELECT count(*) FROM operation one JOIN todos child ON child.id = one.id
    WHERE one.op = 'restore' AND child.parent_id = ${id} AND child.deleted_at IS NOT NULL)
  + (SELECT count(*) FROM operation one JOIN todos deleted ON deleted.id = one.id
    JOIN todos child ON child.parent_id = deleted.id AND child.deleted_at = deleted.deleted_at
    WHERE one.op = 'restore' AND one.id = ${id} AND child.id NOT IN (SELECT id FROM operation)))`

/** The table `crowded` of a statement: the to-dos that would have too many subtasks. */
export const crowded = (value: ValueOf<Owner>): SQL => sql`crowded AS MATERIALIZED (
    SELECT mother.id FROM (
      SELECT fields ->> 'parentId' AS id FROM operation
      UNION SELECT child.parent_id FROM operation JOIN todos child ON child.id = operation.id AND +child.user_id = ${value('userId')}
        WHERE operation.op = 'restore'
    ) mother WHERE mother.id IS NOT NULL AND ${subtasksAfter(sql`mother.id`)} > ${sql.raw(`${MAX_SUBTASKS}`)}
  )`

const isCrowded = (id: SQL): SQL => sql`${id} IN (SELECT id FROM crowded)`

/** The to-do that a restored one comes back under: none if that one is gone, is or becomes a subtask itself, or has no room. */
const parentAfterRestore = (value: ValueOf<Owner>): SQL => sql`(SELECT parent.id FROM todos parent
  WHERE parent.id = existing.parent_id AND parent.user_id = ${value('userId')} AND parent.parent_id IS NULL
  AND (parent.deleted_at IS NULL OR ${amongOperations(sql`parent.id`, sql`other.op = 'restore'`)})
  AND NOT ${amongOperations(sql`parent.id`, sql`(other.op = 'delete' OR other.fields ->> 'parentId' IS NOT NULL)`)}
  AND NOT ${isCrowded(sql`parent.id`)})`

/** The parent after the operation, or NULL. */
export const parentAfter = (value: ValueOf<Owner>): SQL => sql`CASE
  WHEN operation.op = 'restore' THEN ${parentAfterRestore(value)}
  WHEN ${namesParent} THEN ${newParent} ELSE existing.parent_id END`

/** The list after an operation that leaves this parent. A restored to-do whose list is gone is in none. */
export const listAfter = (value: ValueOf<Owner>, parent: SQL): SQL => {
  const listOfParent = sql`CASE
    WHEN ${amongOperations(parent, sql`json_type(other.fields, '$.listId') IS NOT NULL`)}
    THEN (SELECT other.fields ->> 'listId' FROM operation other WHERE other.id = ${parent})
    ELSE (SELECT mother.list_id FROM todos mother WHERE mother.id = ${parent}) END`
  return sql`CASE
  WHEN operation.op = 'restore' THEN (SELECT ${lists.id} FROM ${lists} WHERE ${lists.userId} = ${value('userId')}
    AND ${lists.id} = CASE WHEN ${parent} IS NULL THEN existing.list_id ELSE ${listOfParent} END)
  WHEN ${parent} IS NOT NULL THEN ${listOfParent}
  WHEN json_type(operation.fields, '$.listId') IS NOT NULL THEN operation.fields ->> 'listId'
  ELSE existing.list_id END`
}

/** True when the to-do that shall be the parent is there after the operations. */
const isParentThere = sql`(${amongOperations(newParent, sql`other.op IN ('create', 'put', 'restore')`)}
  OR (parent.deleted_at IS NULL AND parent.id IS NOT NULL AND NOT ${amongOperations(newParent, sql`other.op = 'delete'`)}))`

/** True when it would be a subtask of a subtask: the parent has a parent after the operations, or the to-do has subtasks. */
const isNestedTooDeep = sql`(${newParent} = operation.id
  OR ${amongOperations(newParent, sql`other.fields ->> 'parentId' IS NOT NULL`)}
  OR (parent.parent_id IS NOT NULL AND NOT ${amongOperations(newParent, sql`json_type(other.fields, '$.parentId') IS NOT NULL`)})
  OR EXISTS (SELECT 1 FROM todos child WHERE child.parent_id = operation.id AND child.deleted_at IS NULL))`

/** The lines of a CASE that refuse what has no place, or no due date to come again on. `parent` is the to-do that shall be the parent. */
export const homeRefusals = (value: ValueOf<Owner>): SQL => {
  const parent = parentAfter(value)
  return sql`WHEN ${newParent} IS NOT NULL AND NOT ${isParentThere} THEN 'no_such_parent'
    WHEN ${newParent} IS NOT NULL AND ${isNestedTooDeep} THEN 'nested_too_deep'
    WHEN ${newParent} IS NOT NULL AND ${isCrowded(newParent)} THEN 'too_many_subtasks'
    WHEN operation.op = 'update' AND NOT ${namesParent} AND existing.parent_id IS NOT NULL
      AND ${amongOperations(sql`existing.parent_id`, sql`other.op = 'delete'`)} THEN 'no_such_parent'
    WHEN operation.fields ->> 'listId' IS NOT NULL AND (${parent}) IS NULL AND NOT EXISTS (SELECT 1 FROM ${lists}
      WHERE ${lists.userId} = ${value('userId')} AND ${lists.id} = operation.fields ->> 'listId') THEN 'no_such_list'
    WHEN operation.fields ->> 'recurrence' IS NOT NULL AND (${recurrenceAfter}) IS NULL THEN 'recurrence_without_due'
    WHEN operation.op IN ('create', 'put', 'update') AND (${recurrenceAfter}) IS NOT NULL AND (${parent}) IS NOT NULL
    THEN 'recurrence_of_subtask'`
}
