import { sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../context'
import { selectionOf } from '../db/prebuilt'
import { AppError } from '../errors'
import { isoTime } from '../lib/time'
import { type CallerRead, type CallerValues, prebuildForCaller, readAsCaller } from '../sessions/caller-statements'
import { sessions } from '../sessions/tables'
import { dueText } from './due'
import { defaultPosition } from './position'
import { PRIORITIES, type Todo } from './schemas'
import { todos } from './tables'

/** The columns that answers are made from. */
export const todoColumns = {
  id: todos.id,
  contents: todos.contents,
  description: todos.description,
  priority: todos.priority,
  labels: todos.labels,
  dueAt: todos.dueAt,
  dueZone: todos.dueZone,
  recurrence: todos.recurrence,
  parentId: todos.parentId,
  listId: todos.listId,
  position: todos.position,
  completedAt: todos.completedAt,
  createdAt: todos.createdAt,
  updatedAt: todos.updatedAt,
  version: todos.version,
  deletedAt: todos.deletedAt,
  seq: todos.seq,
}

export const todoSelection = selectionOf(todoColumns)

/** A to-do as D1 gives it. Its labels are JSON. */
export type TodoRow = Omit<Pick<typeof todos.$inferSelect, keyof typeof todoColumns>, 'labels'> & { labels: string }

export const positionOf = ({ position, createdAt }: Pick<TodoRow, 'position' | 'createdAt'>): string =>
  position ?? defaultPosition(createdAt)

/** The due date of a row. A whole day is no instant. */
const shownDue = ({ dueAt, dueZone }: Pick<TodoRow, 'dueAt' | 'dueZone'>) => ({
  due: dueAt === null ? null : dueText({ dueAt, dueZone }),
  dueAt: dueAt === null || dueZone === null ? null : isoTime(dueAt),
})

export const toTodo = (row: TodoRow): Todo => ({
  id: row.id,
  contents: row.contents,
  description: row.description,
  priority: PRIORITIES[row.priority] ?? 'none',
  isDone: row.completedAt !== null,
  labels: JSON.parse(row.labels),
  ...shownDue(row),
  recurrence: row.recurrence,
  parentId: row.parentId,
  listId: row.listId,
  position: positionOf(row),
  completedAt: row.completedAt === null ? null : isoTime(row.completedAt),
  createdAt: isoTime(row.createdAt),
  updatedAt: isoTime(row.updatedAt),
  version: row.version,
})

/**
 * The entity tag of a to-do: its version. Each change raises it. If a to-do is deleted and put again while its tombstone is
 * there, the version still goes on.
 */
export const todoTag = ({ version }: Pick<Todo, 'version'>): string => `"${version}"`

const selectTodo = prebuildForCaller<CallerRead<TodoRow>, CallerValues & { id: string }>(
  (value, { isLive }) => sql`SELECT ${todoSelection} FROM ${sessions} LEFT JOIN ${todos}
    ON ${todos.id} = ${value('id')} AND ${todos.userId} = ${value('userId')} AND ${todos.deletedAt} IS NULL
    WHERE ${isLive}`,
)

/** @throws {AppError} `not_found`, also for the to-do of another user (ASVS 8.2.2); `unauthenticated` */
export async function getTodo(c: Context<AppEnv>, id: string, now: number): Promise<Todo> {
  const [row] = await readAsCaller(c, selectTodo({ ...c.get('caller'), now, id }))
  if (!row) throw new AppError('not_found')
  return toTodo(row)
}
