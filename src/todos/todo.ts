import { and, eq, getTableColumns, isNull, type SQL } from 'drizzle-orm'
import type { Db } from '../db/client'
import { AppError } from '../errors'
import { isoTime } from '../lib/time'
import { PRIORITIES, type Todo } from './schemas'
import { todos } from './tables'

const { userId, foldedContents, foldedDescription, ...shown } = getTableColumns(todos)

/** The columns that answers are made from. */
export const todoColumns = shown

export type TodoRow = Omit<typeof todos.$inferSelect, 'userId' | 'foldedContents' | 'foldedDescription'>

export const toTodo = (row: TodoRow): Todo => ({
  id: row.id,
  contents: row.contents,
  description: row.description,
  priority: PRIORITIES[row.priority] ?? 'none',
  isDone: row.completedAt !== null,
  labels: row.labels,
  dueAt: row.dueAt === null ? null : isoTime(row.dueAt),
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

/** True of the user's own to-dos that are not deleted. */
export const undeletedOf = (userId: string): SQL | undefined => and(eq(todos.userId, userId), isNull(todos.deletedAt))

/** @throws {AppError} `not_found`, also for the to-do of another user (ASVS 8.2.2) */
export async function getTodo(db: Db, userId: string, id: string): Promise<Todo> {
  const row = await db
    .select(todoColumns)
    .from(todos)
    .where(and(eq(todos.id, id), undeletedOf(userId)))
    .get()
  if (!row) throw new AppError('not_found')
  return toTodo(row)
}
