import { sql } from 'drizzle-orm'

/*
 * Where people put their to-dos and lists: texts of 0–9 and a–z, compared letter by letter. Between two of them there is always another
 * one, so moving something changes one row. Clients choose it: `lib/position-between.ts`, and `positionBetween` of `@latchkey/client`.
 */

/** Nobody has moved it: it stands where its creation puts it, so that what is new comes last. */
export const defaultPosition = (createdAt: number): string =>
  `i${Math.max(createdAt, 0).toString(16).padStart(11, '0')}i`

/** The same in SQL, for a table whose rows have positions. */
export const positionSql = (table: 'todos' | 'lists') =>
  sql.raw(`coalesce(${table}.position, printf('i%011xi', max(${table}.created_at, 0)))`)
