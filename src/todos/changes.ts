import { type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../context'
import type { Db } from '../db/client'
import { prebuild, type ValueOf } from '../db/prebuilt'
import { AppError } from '../errors'
import { isListToken, readListToken, writeListToken } from '../http/cursor'
import type { Keys } from '../keys'
import { DAY_MS, HOUR_MS, isoTime } from '../lib/time'
import { type CallerRead, type CallerValues, prebuildForCaller, readBesides } from '../sessions/caller-statements'
import { sessions } from '../sessions/tables'
import { digestOf, inOrder, selectListsBeside } from './lists/list'
import type { List } from './lists/schemas'
import type { Todo } from './schemas'
import type { Change } from './sync-schemas'
import { todos } from './tables'
import { type TodoRow, todoSelection, toTodo } from './todo'

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
  /** The client has not missed any deletion before this time (ms). */
  asOf: number
  /** The digest of the lists that the client knows. None if it has not been told of any. */
  lists?: string | undefined
}

const scopeOf = (userId: string): string => `changes|${userId}`

async function readToken(keys: Keys, userId: string, token: string, now: number): Promise<SyncPosition> {
  const position = await readListToken(keys, scopeOf(userId), token)
  // Its secret may be gone, and a device that was off for so long has to learn that it starts again.
  if (position === null && isListToken(token)) throw new AppError('sync_token_expired')
  const [seq, asOf, lists] = position?.split('.') ?? []
  if (seq === undefined || asOf === undefined) {
    throw new AppError('invalid_fields', {
      errors: [{ path: '/since', code: 'invalid_token', message: 'Is not a token of your changes' }],
    })
  }
  if (Number(asOf) + SYNC_TOKEN_LIFE_MS <= now) throw new AppError('sync_token_expired')
  return { seq: Number(seq), asOf: Number(asOf), lists }
}

interface ChangesValues extends CallerValues {
  seq: number
  rows: number
}

const changedAfter = (value: ValueOf<Pick<ChangesValues, 'userId' | 'seq'>>): SQL =>
  sql`${todos.userId} = ${value('userId')} AND ${todos.seq} > ${value('seq')}`

export const selectChanges = prebuildForCaller<CallerRead<TodoRow>, ChangesValues>(
  (value, { isLive }) => sql`SELECT ${todoSelection} FROM ${sessions} LEFT JOIN ${todos} ON ${changedAfter(value)}
    WHERE ${isLive} ORDER BY ${todos.seq} LIMIT ${value('rows')}`,
)

/**
 * The caller's to-dos that changed after the token `since`, each in its latest state, and the token for the next time. Without
 * `since` it starts at the beginning. All lists come with them, unless they are as they were when the token was made.
 * @throws {AppError} `invalid_fields` for what is no token, `sync_token_expired` when tombstones may be gone or no secret of ours has
 *   made the token for this user; `unauthenticated`
 */
export async function listChanges(
  c: Context<AppEnv>,
  { since, limit }: { since?: string | undefined; limit: number },
  now: number,
): Promise<{ changes: Change[]; lists?: List[]; nextToken: string; hasMore: boolean }> {
  const { keys, caller } = c.var
  const { userId } = caller
  const start: SyncPosition = since === undefined ? { seq: 0, asOf: now } : await readToken(keys, userId, since, now)
  const statement = selectChanges({ ...caller, now, seq: start.seq, rows: limit + 1 })
  const { rows, beside } = await readBesides(c, statement, selectListsBeside({ userId }))
  const page = rows.slice(0, limit)
  const hasMore = rows.length > limit
  // `asOf` moves on only with the last page. Until then, a deletion may be on a page that the client has not read.
  const next = { seq: page.at(-1)?.seq ?? start.seq, asOf: hasMore ? start.asOf : now }
  const lists = inOrder(beside)
  const digest = await digestOf(lists)
  return {
    changes: page.map(toChange),
    ...(digest !== start.lists && { lists }),
    nextToken: await writeListToken(keys, scopeOf(userId), `${next.seq}.${next.asOf}.${digest}`),
    hasMore,
  }
}

/** A to-do, or its id and the time of its deletion. */
export const toChange = (row: TodoRow): Change =>
  row.deletedAt === null ? { todo: toTodo(row) } : { id: row.id, deletedAt: isoTime(row.deletedAt) }

/** How many to-dos an export reads with one statement. At their greatest length they have 9 MB. */
const EXPORT_PAGE = 200

const selectForExport = prebuild<TodoRow, Pick<ChangesValues, 'userId' | 'seq' | 'rows'>>(
  (value) => sql`SELECT ${todoSelection} FROM ${todos} WHERE ${changedAfter(value)}
    ORDER BY ${todos.seq} LIMIT ${value('rows')}`,
)

/** All to-dos of the user, tombstones included, page by page in the order of their last changes. */
export async function* todoPages(db: Db, userId: string): AsyncGenerator<(Todo & { deletedAt: string | null })[]> {
  for (let seq: number | undefined = 0; seq !== undefined; ) {
    const rows: TodoRow[] = await db.rowsOf(selectForExport({ userId, seq, rows: EXPORT_PAGE + 1 }))
    const page = rows.slice(0, EXPORT_PAGE)
    yield page.map((row) => ({ ...toTodo(row), deletedAt: row.deletedAt === null ? null : isoTime(row.deletedAt) }))
    seq = rows.length > EXPORT_PAGE ? page.at(-1)?.seq : undefined
  }
}
