import { isNotNull, isNull, sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { users } from '../users/tables'

/** The due date by which `sort=dueAt` sorts to-dos without one: later than every date that is allowed. */
export const NO_DUE_DATE = Date.parse('9999-12-31T23:59:59.999Z') + 1

/** To-dos. A deleted one stays for a while as a tombstone: see `todos/changes.ts`. */
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
    /** The number of its last change. Every change gets a number above all earlier ones of the user. */
    seq: integer().notNull().default(0),
    /** For `q`: the texts as `todos/fold.ts` folds them. SQLite's own `lower()` only knows ASCII. */
    foldedContents: text('folded_contents').notNull().default(''),
    foldedDescription: text('folded_description').notNull().default(''),
  },
  (todo) => {
    const isUndeleted = isNull(todo.deletedAt)
    const isOpen = sql`${isUndeleted} AND ${isNull(todo.completedAt)}`
    const isDone = sql`${isUndeleted} AND ${isNotNull(todo.completedAt)}`
    return [
      index('todos_by_creation').on(todo.userId, todo.createdAt, todo.id).where(isUndeleted),
      index('todos_by_due').on(todo.userId, todo.dueOrder, todo.id).where(isUndeleted),
      index('todos_by_priority').on(todo.userId, todo.priority, todo.id).where(isUndeleted),
      index('todos_by_update').on(todo.userId, todo.updatedAt, todo.id).where(isUndeleted),
      // Open to-dos have indexes of their own: they stay few, while the done ones become more and more.
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

/** The `Idempotency-Key` headers of the last day, and the to-dos made with them: see `todos/idempotency.ts`. */
export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    key: text().notNull(),
    /** SHA-256 of the to-do as it was sent, in base64url. */
    inputHash: text('input_hash').notNull(),
    todoId: text('todo_id').notNull(),
    usedAt: integer('used_at').notNull(),
  },
  (used) => [primaryKey({ columns: [used.userId, used.key] }), index('idempotency_keys_by_age').on(used.usedAt)],
)

/**
 * What a user takes up: one row per user. `todos/usage.ts` keeps its to-dos, in the transaction that changes them, and
 * `todos/search-limit.ts` its searches.
 */
export const todoUsage = sqliteTable('todo_usage', {
  userId: text('user_id')
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  /** How many rows of `todos` there are, tombstones included. */
  rows: integer().notNull(),
  /** How many bytes their contents, descriptions and labels have. */
  bytes: integer().notNull(),
  /** Names the write that was counted last, so that the statement after the count knows whether it was its own. */
  lastWrite: text('last_write').notNull(),
  /** The times (ms) of the last searches, the oldest first. */
  searches: text({ mode: 'json' }).$type<number[]>().notNull(),
})
