import { and, asc, eq, gt } from 'drizzle-orm'
import type { Db } from '../db/client'
import { AppError } from '../errors'
import { readPlace, writePlace } from '../http/cursor'
import type { Keys } from '../keys'
import { DAY_MS, HOUR_MS, isoTime } from '../lib/time'
import type { Todo } from './schemas'
import type { Change } from './sync-schemas'
import { todos } from './tables'
import { type TodoRow, todoColumns, toTodo } from './todo'

/*
 * What changed since a client last asked. Each change gives its to-do a `seq` greater than all of the user's before it, so that
 * the rows in the order of `seq` are the latest state of whatever changed, deletions included.
 */

/** How long a deleted to-do stays as a tombstone: it can be restored, and `changes` tells of it. Cron removes it then. */
export const TOMBSTONE_LIFE_MS = 30 * DAY_MS

/**
 * How long a token is good: less than a tombstone's life by more than a replica is behind and clocks differ, since who reads
 * from a token must not miss a tombstone that is gone.
 */
export const TOKEN_LIFE_MS = TOMBSTONE_LIFE_MS - HOUR_MS

/** How far a client is: it knows all changes up to `seq`, and all that were there at `asOf` (ms) once it has no more to read. */
interface Progress {
  seq: number
  asOf: number
}

const scopeOf = (userId: string): string => `changes|${userId}`

async function readToken(keys: Keys, userId: string, since: string, now: number): Promise<Progress> {
  const [seq, asOf] = (await readPlace(keys, scopeOf(userId), since))?.split('.').map(Number) ?? []
  if (seq === undefined || asOf === undefined) {
    throw new AppError('invalid_fields', {
      errors: [{ path: '/since', code: 'invalid_token', message: 'Is not a token of these changes' }],
    })
  }
  if (asOf + TOKEN_LIFE_MS <= now) throw new AppError('sync_token_expired')
  return { seq, asOf }
}

const changedAfter = (db: Db, userId: string, seq: number, limit: number) =>
  db
    .select(todoColumns)
    .from(todos)
    .where(and(eq(todos.userId, userId), gt(todos.seq, seq)))
    .orderBy(asc(todos.seq))
    .limit(limit)

/**
 * The user's to-dos that changed after a token, each in its latest state, and the token to ask with the next time. Without one,
 * from the beginning.
 * @throws {AppError} `invalid_fields` for another user's token, `sync_token_expired` for one older than the tombstones
 */
export async function listChanges(
  db: Db,
  keys: Keys,
  userId: string,
  { since, limit }: { since?: string | undefined; limit: number },
  now: number,
): Promise<{ changes: Change[]; nextToken: string; hasMore: boolean }> {
  const known = since === undefined ? { seq: 0, asOf: now } : await readToken(keys, userId, since, now)
  const rows = await changedAfter(db, userId, known.seq, limit + 1)
  const page = rows.slice(0, limit)
  const hasMore = rows.length > limit
  // Who pages slowly is no further in time than at the start: a to-do on a later page may have gone meanwhile.
  const next = { seq: page.at(-1)?.seq ?? known.seq, asOf: hasMore ? known.asOf : now }
  return {
    changes: page.map(toChange),
    nextToken: await writePlace(keys, scopeOf(userId), `${next.seq}.${next.asOf}`),
    hasMore,
  }
}

/** A to-do as it is, or that it was deleted. */
export const toChange = (row: TodoRow): Change =>
  row.deletedAt === null ? { todo: toTodo(row) } : { id: row.id, deletedAt: isoTime(row.deletedAt) }

/** So many statements are few, and so many to-dos, each at its longest, are 9 MB. */
const EXPORT_PAGE = 200

/** All that is held of the user's to-dos, deleted ones included, in the order of their last change, a page at a time. */
export async function* eachTodo(db: Db, userId: string): AsyncGenerator<(Todo & { deletedAt: string | null })[]> {
  for (let seq: number | undefined = 0; seq !== undefined; ) {
    const rows: TodoRow[] = await changedAfter(db, userId, seq, EXPORT_PAGE + 1)
    const page = rows.slice(0, EXPORT_PAGE)
    yield page.map((row) => ({ ...toTodo(row), deletedAt: row.deletedAt === null ? null : isoTime(row.deletedAt) }))
    seq = rows.length > EXPORT_PAGE ? page.at(-1)?.seq : undefined
  }
}
