import { type SQL, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Operation } from './operations'

/*
 * The ids of the to-dos that a request makes. They are counted from one UUIDv7 in its last three digits, so that this one id says
 * them all, and so that they sort in the order of the request. A request makes at most 100.
 */

const COUNTED_DIGITS = 3
const KEPT_DIGITS = 36 - COUNTED_DIGITS

/** The id from which those of a new request are counted. */
export const newBaseId = (): string => uuidv7()

/** The id of the new to-do at this place of a request. */
export const newIdAt = (baseId: string, position: number): string =>
  `${baseId.slice(0, KEPT_DIGITS)}${position.toString(16).padStart(COUNTED_DIGITS, '0')}`

/** Whether the id of an operation is counted: its to-do is new, and the client chose no id. */
export const isCounted = (operation: Operation): boolean => operation.op === 'create' && !operation.hasOwnId

/** The id of an operation, given as JSON, if the new ids of its request were counted from `baseId`. */
export const idFrom = (baseId: SQL, operation: SQL): SQL => {
  const id = sql`${operation} ->> 'id'`
  const counted = sql`substr(${baseId}, 1, ${sql.raw(`${KEPT_DIGITS}`)}) || substr(${id}, ${sql.raw(`${KEPT_DIGITS + 1}`)})`
  return sql`CASE WHEN ${operation} ->> 'op' = 'create' AND ${operation} ->> 'hasOwnId' IS NULL THEN ${counted} ELSE ${id} END`
}
