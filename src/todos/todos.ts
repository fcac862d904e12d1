import { and, asc, desc, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import { whileLive, writeAs } from '../auth/session'
import type { Caller } from '../context'
import type { Db } from '../db/client'
import { todos } from '../db/schema'
import { selectRow } from '../db/select-row'
import { AppError } from '../errors'
import type { Position } from '../http/cursor'
import { isoTime } from '../lib/time'
import { PRIORITIES, type Todo, type TodoInput, type TodoPatch, type TodoQuery } from './schemas'

type TodoRow = typeof todos.$inferSelect

const toTodo = (row: TodoRow): Todo => ({
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

/** Always both: nobody reaches another's to-do by its id (ASVS 8.2.2). */
const owned = (userId: string, id: string): SQL | undefined => and(eq(todos.id, id), eq(todos.userId, userId))

/** A page of the user's to-dos in the order of their creation, and where the next one begins. */
export async function listTodos(
  db: Db,
  userId: string,
  { order, limit, isDone }: Pick<TodoQuery, 'order' | 'limit' | 'isDone'>,
  after: Position | null,
): Promise<{ todos: Todo[]; next: Position | null }> {
  const rows = await db
    .select()
    .from(todos)
    .where(
      and(
        eq(todos.userId, userId),
        isDone === undefined ? undefined : isDone ? isNotNull(todos.completedAt) : isNull(todos.completedAt),
        after
          ? sql`(${todos.createdAt}, ${todos.id}) ${sql.raw(order === 'ASC' ? '>' : '<')} (${after.at}, ${after.id})`
          : undefined,
      ),
    )
    .orderBy(...[todos.createdAt, todos.id].map(order === 'ASC' ? asc : desc))
    .limit(limit + 1)
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return { todos: page.map(toTodo), next: last ? { at: last.createdAt, id: last.id } : null }
}

/** So many statements are few, and so many to-dos are no burden to memory. */
const EXPORT_PAGE = 500

/** All to-dos of the user in the order of their creation, a page at a time. */
export async function* eachTodo(db: Db, userId: string): AsyncGenerator<Todo[]> {
  let after: Position | null = null
  do {
    const page: { todos: Todo[]; next: Position | null } = await listTodos(
      db,
      userId,
      { order: 'ASC', limit: EXPORT_PAGE },
      after,
    )
    yield page.todos
    after = page.next
  } while (after)
}

/** @throws {AppError} `not_found` */
export async function getTodo(db: Db, userId: string, id: string): Promise<Todo> {
  const row = await db.select().from(todos).where(owned(userId, id)).get()
  if (!row) throw new AppError('not_found')
  return toTodo(row)
}

/** The statement that makes a to-do of the session's user, while the session lives. */
const insertTodo = (db: Db, caller: Caller, id: string, input: TodoInput, now: number) =>
  db.insert(todos).select(
    selectRow(
      todos,
      {
        id,
        userId: caller.userId,
        contents: input.contents,
        description: input.description,
        priority: PRIORITIES.indexOf(input.priority),
        labels: input.labels,
        dueAt: toMs(input.dueAt),
        completedAt: input.isDone ? now : null,
        createdAt: now,
        updatedAt: now,
        version: 1,
      },
      whileLive(db, caller, now),
    ),
  )

const toMs = (time: string | null): number | null => (time === null ? null : Date.parse(time))

/**
 * Makes a to-do.
 * @throws {AppError} `unauthenticated` where the session has ended
 */
export async function createTodo(db: Db, caller: Caller, id: string, input: TodoInput, now: number): Promise<Todo> {
  const row = await insertTodo(db, caller, id, input, now).returning().get()
  if (!row) throw new AppError('unauthenticated')
  return toTodo(row)
}

/**
 * Makes the to-do with the client's own id, or replaces it whole.
 * @throws {AppError} `not_found` where the id is another user's
 */
export async function putTodo(
  db: Db,
  caller: Caller,
  id: string,
  input: TodoInput,
  now: number,
): Promise<{ todo: Todo; created: boolean }> {
  const excluded = (column: keyof TodoRow) => sql.raw(`excluded.${todos[column].name}`)
  const [[row]] = await writeAs(db, caller, now, [
    insertTodo(db, caller, id, input, now)
      .onConflictDoUpdate({
        target: todos.id,
        set: {
          contents: excluded('contents'),
          description: excluded('description'),
          priority: excluded('priority'),
          labels: excluded('labels'),
          dueAt: excluded('dueAt'),
          completedAt: input.isDone ? sql`coalesce(${todos.completedAt}, ${now})` : null,
          updatedAt: now,
          version: sql`${todos.version} + 1`,
        },
        setWhere: eq(todos.userId, caller.userId),
      })
      .returning(),
  ])
  if (!row) throw new AppError('not_found')
  return { todo: toTodo(row), created: row.version === 1 }
}

/**
 * Changes what the patch names and nothing else. `completedAt` follows `isDone`, and stays where it was already done.
 * @throws {AppError} `not_found`
 */
export async function patchTodo(db: Db, caller: Caller, id: string, patch: TodoPatch, now: number): Promise<Todo> {
  const { priority, isDone, dueAt, ...same } = patch
  const [[row]] = await writeAs(db, caller, now, [
    db
      .update(todos)
      .set({
        ...same,
        ...(priority !== undefined && { priority: PRIORITIES.indexOf(priority) }),
        ...(isDone !== undefined && { completedAt: isDone ? sql`coalesce(${todos.completedAt}, ${now})` : null }),
        ...(dueAt !== undefined && { dueAt: toMs(dueAt) }),
        updatedAt: now,
        version: sql`${todos.version} + 1`,
      })
      .where(and(owned(caller.userId, id), whileLive(db, caller, now)))
      .returning(),
  ])
  if (!row) throw new AppError('not_found')
  return toTodo(row)
}

/** @throws {AppError} `not_found` */
export async function deleteTodo(db: Db, caller: Caller, id: string, now: number): Promise<void> {
  const [[row]] = await writeAs(db, caller, now, [
    db
      .delete(todos)
      .where(and(owned(caller.userId, id), whileLive(db, caller, now)))
      .returning({ id: todos.id }),
  ])
  if (!row) throw new AppError('not_found')
}
