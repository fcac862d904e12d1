import { isNotNull, isNull, sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { users } from '../users/tables'

/** What `sort=dueAt` takes a to-do without a due date for: later than every date that there can be. */
export const NO_DUE_DATE = Date.parse('9999-12-31T23:59:59.999Z') + 1

/** To-dos, always of one user. One that was deleted stays for a while as a tombstone: see `todos/changes.ts`. */
export const todos = sqliteTable(
  'todos',
  {
    id: text().primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    contents: text().notNull(),
    description: text(),
    /** 0 none, 1 low, 2 medium, 3 high, 4 urgent: a number, so that it sorts. */
    priority: integer().notNull(),
    labels: text({ mode: 'json' }).$type<string[]>().notNull(),
    dueAt: integer('due_at'),
    dueOrder: integer('due_order')
      .notNull()
      .generatedAlwaysAs(sql.raw(`coalesce(due_at, ${NO_DUE_DATE})`), { mode: 'virtual' }),
    completedAt: integer('completed_at'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    version: integer().notNull(),
    deletedAt: integer('deleted_at'),
    /** Greater with each change of any of the user's to-dos: the one order of all changes. */
    seq: integer().notNull().default(0),
    /** What `q` looks into: contents and description folded by `todos/fold.ts`, since SQLite's `lower()` knows ASCII only. */
    foldedContents: text('folded_contents').notNull().default(''),
    foldedDescription: text('folded_description').notNull().default(''),
  },
  (todo) => {
    const lives = isNull(todo.deletedAt)
    const isOpen = sql`${lives} AND ${isNull(todo.completedAt)}`
    const isDone = sql`${lives} AND ${isNotNull(todo.completedAt)}`
    return [
      index('todos_by_creation').on(todo.userId, todo.createdAt, todo.id).where(lives),
      index('todos_by_due').on(todo.userId, todo.dueOrder, todo.id).where(lives),
      index('todos_by_priority').on(todo.userId, todo.priority, todo.id).where(lives),
      index('todos_by_update').on(todo.userId, todo.updatedAt, todo.id).where(lives),
      // What is open gets lists of its own: it stays few while what is done becomes more and more.
      index('todos_open_by_creation').on(todo.userId, todo.createdAt, todo.id).where(isOpen),
      index('todos_open_by_due').on(todo.userId, todo.dueOrder, todo.id).where(isOpen),
      index('todos_open_by_priority').on(todo.userId, todo.priority, todo.id).where(isOpen),
      index('todos_done_by_creation').on(todo.userId, todo.createdAt, todo.id).where(isDone),
      uniqueIndex('todos_by_change').on(todo.userId, todo.seq),
      index('todos_deleted').on(todo.deletedAt).where(isNotNull(todo.deletedAt)),
      check('todos_contents', sql`length(${todo.contents}) BETWEEN 1 AND 500`),
      check('todos_description', sql`length(${todo.description}) <= 10000`),
      check('todos_priority', sql`${todo.priority} BETWEEN 0 AND 4`),
      check('todos_labels', sql`json_type(${todo.labels}) = 'array' AND json_array_length(${todo.labels}) <= 10`),
      check('todos_version', sql`${todo.version} >= 1`),
    ]
  },
)

/** The to-dos that were made with an `Idempotency-Key`, for a day: see `todos/idempotency.ts`. */
export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    key: text().notNull(),
    /** SHA-256 of what was asked for, in base64url. */
    inputHash: text('input_hash').notNull(),
    todoId: text('todo_id').notNull(),
    usedAt: integer('used_at').notNull(),
  },
  (used) => [primaryKey({ columns: [used.userId, used.key] }), index('idempotency_keys_by_age').on(used.usedAt)],
)
