import { type SQL, sql } from 'drizzle-orm'
import type { Variables } from '../../context'
import type { ValueOf } from '../../db/prebuilt'
import { AppError } from '../../errors'
import type { Conditions } from '../../http/etag'
import { MAX_LISTS } from '../../limits'
import { type CallerRead, type CallerValues, prebuildForCaller } from '../../sessions/caller-statements'
import { sessions } from '../../sessions/tables'
import { hasTag } from '../tag-sql'
import { type ListRow, selectList } from './list'
import type { ListPatch } from './schemas'
import { lists } from './tables'

/*
 * THE way in which lists are made and changed: one statement, which decides whether it may. The statements beside it say what it decided.
 *
 * The races: many requests make the last list that there is room for, or the list of one id, or change one version. One transaction comes
 * after another, and each finds the lists as the one before has left them.
 */

/** One change of one list. `put` makes a list or replaces all of it. `update` changes only the fields in its patch. */
export type ListOperation = { op: 'put' | 'update'; id: string; patch: ListPatch } & Conditions

interface WriteValues extends CallerValues {
  id: string
  op: ListOperation['op']
  /** JSON of the fields that the operation names. */
  fields: string
  /** JSON of the tags. */
  ifMatch: string | null
  ifNoneMatch: string | null
}

/** The list before the operation, or NULLs. */
const before = (value: ValueOf<WriteValues>): SQL =>
  sql`LEFT JOIN ${lists} existing ON existing.user_id = ${value('userId')} AND existing.id = ${value('id')}`

/** Why the operation is refused, or NULL. */
const refusal = (value: ValueOf<WriteValues>): SQL => sql`CASE
  WHEN existing.id IS NULL AND ${value('op')} = 'update' THEN 'not_found'
  WHEN ${value('ifMatch')} IS NOT NULL AND (existing.id IS NULL OR NOT ${hasTag(value('ifMatch'))}) THEN 'precondition_failed'
  WHEN ${value('ifNoneMatch')} IS NOT NULL AND existing.id IS NOT NULL AND ${hasTag(value('ifNoneMatch'))} THEN 'precondition_failed'
  WHEN existing.id IS NULL AND (SELECT count(*) FROM ${lists} WHERE user_id = ${value('userId')}) >= ${MAX_LISTS} THEN 'quota_exceeded'
  END`

interface Judged {
  existed: 0 | 1
  code: 'not_found' | 'precondition_failed' | 'quota_exceeded' | null
}

const judge = prebuildForCaller<Judged, WriteValues>(
  (value, { isLive }) => sql`SELECT existing.id IS NOT NULL AS existed, ${refusal(value)} AS code
    FROM ${sessions} ${before(value)} WHERE ${isLive}`,
)

/** The value of a field after the operation: that of the operation if it names the field, or else the one from before. */
const merged = (value: ValueOf<WriteValues>, name: 'name' | 'position'): SQL =>
  sql`CASE WHEN json_type(${value('fields')}, ${`$.${name}`}) IS NULL THEN ${sql.raw(`existing.${name}`)}
    ELSE ${value('fields')} ->> ${name} END`

/** What changes nothing writes nothing. */
const upsert = prebuildForCaller<never, WriteValues>((value, { whileLive }) => {
  const [name, position] = [merged(value, 'name'), merged(value, 'position')]
  return sql`INSERT INTO ${lists} (user_id, id, name, position, created_at, updated_at, version)
    SELECT ${value('userId')}, ${value('id')}, ${name}, ${position}, ${value('now')}, ${value('now')}, 1
    FROM (SELECT 1) ${before(value)}
    WHERE ${whileLive} AND (${refusal(value)}) IS NULL
      AND (existing.id IS NULL OR (${name}) IS NOT existing.name OR (${position}) IS NOT existing.position)
    ON CONFLICT (user_id, id) DO UPDATE
      SET name = excluded.name, position = excluded.position, updated_at = excluded.updated_at, version = version + 1`
})

const tagsOf = (tags: string[] | undefined): string | null => (tags ? JSON.stringify(tags) : null)

/**
 * Does the operation.
 * @returns the list after it, and whether there was one before
 * @throws {AppError} `unauthenticated`, `not_found`, `precondition_failed`, `quota_exceeded`
 */
export async function writeList(
  { db, caller }: Pick<Variables, 'db' | 'caller'>,
  { op, id, patch, ifMatch, ifNoneMatch }: ListOperation,
  now: number,
): Promise<{ row: ListRow; existed: boolean }> {
  const conditions = { ifMatch: tagsOf(ifMatch), ifNoneMatch: tagsOf(ifNoneMatch) }
  const values = { ...caller, now, id, op, fields: JSON.stringify(patch), ...conditions }
  const results = await db.rowsOfEach({ judged: judge(values), written: upsert(values), after: selectList(values) })
  const [judged] = results.judged
  if (!judged) throw new AppError('unauthenticated')
  if (judged.code === 'quota_exceeded') throw tooManyLists()
  if (judged.code !== null) throw new AppError(judged.code)
  return { row: requireRow(results.after), existed: judged.existed === 1 }
}

function requireRow([row]: CallerRead<ListRow>[]): ListRow {
  if (!row || row.id === null) throw new AppError('internal_error')
  return row
}

function tooManyLists(): AppError {
  const message = `At most ${MAX_LISTS} lists`
  return new AppError('quota_exceeded', {
    detail: `${message}.`,
    errors: [{ path: '', code: 'too_many_lists', message }],
  })
}
