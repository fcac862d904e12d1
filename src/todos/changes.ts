import { and, asc, eq, gt } from 'drizzle-orm'
import type { Db } from '../db/client'
import { AppError } from '../errors'
import { readListToken, writeListToken } from '../http/cursor'
import type { Keys } from '../keys'
import { DAY_MS, HOUR_MS, isoTime } from '../lib/time'
import type { Todo } from './schemas'
import type { Change } from './sync-schemas'
import { todos } from './tables'
import { type TodoRow, todoColumns, toTodo } from './todo'

/*
 * What changed since a client last asked. Each change gives its to-do a `seq` above all earlier ones of the user. So the rows
 * after a `seq` are everything that has changed since then, deletions included, each in its latest state.
 */

/** How long a deleted to-do stays as a tombstone. Until then it can be restored, and `changes` lists it. Cron removes it. */
export const TOMBSTONE_LIFE_MS = 30 * DAY_MS

/**
 * How long a token is valid. A client must not miss a deletion because its tombstone is gone, and replicas and clocks may be a
 * little behind. So a token lives an hour less than a tombstone.
 */
export const SYNC_TOKEN_LIFE_MS = TOMBSTONE_LIFE_MS - HOUR_MS

/** What a token says: how far the client has read. */
interface SyncPosition {
  /** The client knows all changes up to this one. */
  seq: number
  /** The client misses nothing that was deleted before this time (ms). */
  asOf: number
}

const scopeOf = (userId: string): string => `changes|${userId}`

async function readToken(keys: Keys, userId: string, token: string, now: number): Promise<SyncPosition> {
  const [seq, asOf] = (await readListToken(keys, scopeOf(userId), token))?.split('.').map(Number) ?? []
  if (seq === undefined || asOf === undefined) {
    throw new AppError('invalid_fields', {
      errors: [{ path: '/since', code: 'invalid_token', message: 'Is not a token of your changes' }],
    })
  }
  if (asOf + SYNC_TOKEN_LIFE_MS <= now) throw new AppError('sync_token_expired')
  return { seq, asOf }
}

const selectChangedAfter = (db: Db, userId: string, seq: number, limit: number) =>
  db
    .select(todoColumns)
    .from(todos)
    .where(and(eq(todos.userId, userId), gt(todos.seq, seq)))
    .orderBy(asc(todos.seq))
    .limit(limit)

/**
 * The user's to-dos that changed after the token `since`, each in its latest state, and the token for the next time. Without
 * `since` it starts at the beginning.
 * @throws {AppError} `invalid_fields` for another user's token, `sync_token_expired` when tombstones may be gone
 */
export async function listChanges(
  { db, keys }: { db: Db; keys: Keys },
  userId: string,
  { since, limit }: { since?: string | undefined; limit: number },
  now: number,
): Promise<{ changes: Change[]; nextToken: string; hasMore: boolean }> {
  const start = since === undefined ? { seq: 0, asOf: now } : await readToken(keys, userId, since, now)
  const rows = await selectChangedAfter(db, userId, start.seq, limit + 1)
  const page = rows.slice(0, limit)
  const hasMore = rows.length > limit
  // `asOf` stays as it is until the last page: a later page may have something that was deleted since then.
  const next = { seq: page.at(-1)?.seq ?? start.seq, asOf: hasMore ? start.asOf : now }
  return {
    changes: page.map(toChange),
    nextToken: await writeListToken(keys, scopeOf(userId), `${next.seq}.${next.asOf}`),
    hasMore,
  }
}

/** A to-do, or its id and the time of its deletion. */
export const toChange = (row: TodoRow): Change =>
  row.deletedAt === null ? { todo: toTodo(row) } : { id: row.id, deletedAt: isoTime(row.deletedAt) }

/** How many to-dos an export reads with one statement. At their greatest length they have 9 MB. */
const EXPORT_PAGE = 200

/** All to-dos of the user, tombstones included, page by page in the order of their last changes. */
export async function* todoPages(db: Db, userId: string): AsyncGenerator<(Todo & { deletedAt: string | null })[]> {
  for (let seq: number | undefined = 0; seq !== undefined; ) {
    const rows: TodoRow[] = await selectChangedAfter(db, userId, seq, EXPORT_PAGE + 1)
    const page = rows.slice(0, EXPORT_PAGE)
    yield page.map((row) => ({ ...toTodo(row), deletedAt: row.deletedAt === null ? null : isoTime(row.deletedAt) }))
    seq = rows.length > EXPORT_PAGE ? page.at(-1)?.seq : undefined
  }
}
