import { asc, eq, getTableColumns, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../../context'
import type { Db } from '../../db/client'
import { prebuild, selectionOf } from '../../db/prebuilt'
import { AppError } from '../../errors'
import { sha256 } from '../../lib/sha256'
import { isoTime } from '../../lib/time'
import { type CallerRead, type CallerValues, prebuildForCaller, readAsCaller } from '../../sessions/caller-statements'
import { sessions } from '../../sessions/tables'
import { defaultPosition } from '../position'
import type { List } from './schemas'
import { lists } from './tables'

/** The columns that answers are made from. */
const { userId: _, ...listColumns } = getTableColumns(lists)

export const listSelection = selectionOf(listColumns)

export type ListRow = Pick<typeof lists.$inferSelect, keyof typeof listColumns>

export const toList = (row: ListRow): List => ({
  id: row.id,
  name: row.name,
  position: row.position ?? defaultPosition(row.createdAt),
  createdAt: isoTime(row.createdAt),
  updatedAt: isoTime(row.updatedAt),
  version: row.version,
})

/** The entity tag of a list: its version. */
export const listTag = ({ version }: Pick<List, 'version'>): string => `"${version}"`

/** All lists in the order in which their owner has put them. */
export const inOrder = (rows: readonly ListRow[]): List[] => {
  const places = rows.map(toList).map((list) => ({ list, place: `${list.position} ${list.id}` }))
  return places.toSorted((a, b) => (a.place < b.place ? -1 : 1)).map(({ list }) => list)
}

/** A short text that is another one as soon as a list has changed, has come or is gone. */
export const digestOf = async (all: readonly List[]): Promise<string> =>
  all.length === 0 ? '0' : (await sha256(JSON.stringify(all))).slice(0, 16)

const listsOf = prebuildForCaller<CallerRead<ListRow>, CallerValues>(
  (value, { isLive }) => sql`SELECT ${listSelection} FROM ${sessions}
    LEFT JOIN ${lists} ON ${lists.userId} = ${value('userId')} WHERE ${isLive}`,
)

/** @throws {AppError} `unauthenticated` */
export async function readLists(c: Context<AppEnv>, now: number): Promise<List[]> {
  return inOrder(await readAsCaller(c, listsOf({ ...c.get('caller'), now })))
}

/** The same beside another statement of the caller, which asks whether the session lives. Without lists it reads no row. */
export const selectListsBeside = prebuild<ListRow, Pick<CallerValues, 'userId'>>(
  (value) => sql`SELECT ${listSelection} FROM ${lists} WHERE ${lists.userId} = ${value('userId')}`,
)

/** The query of a user's lists, for an export. */
export const selectLists = (db: Db, userId: string) =>
  db.select(listColumns).from(lists).where(eq(lists.userId, userId)).orderBy(asc(lists.id))

export const selectList = prebuildForCaller<CallerRead<ListRow>, CallerValues & { id: string }>(
  (value, { isLive }) => sql`SELECT ${listSelection} FROM ${sessions} LEFT JOIN ${lists}
    ON ${lists.userId} = ${value('userId')} AND ${lists.id} = ${value('id')} WHERE ${isLive}`,
)

/** @throws {AppError} `not_found`, also for the list of another user (ASVS 8.2.2); `unauthenticated` */
export async function getList(c: Context<AppEnv>, id: string, now: number): Promise<List> {
  const [row] = await readAsCaller(c, selectList({ ...c.get('caller'), now, id }))
  if (!row) throw new AppError('not_found')
  return toList(row)
}
