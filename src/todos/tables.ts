import { isNotNull, isNull, sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { LAST_TIME } from '../lib/time'
import { MAX_CONTENTS, MAX_DESCRIPTION, MAX_LABELS } from '../limits'
import { users } from '../users/tables'

/** The `dueOrder` of to-dos without a due date: later than every date that is allowed. */
export const NO_DUE_ORDER = 2 * (LAST_TIME + 1)

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
    /** When it is due (ms). A whole day is its last ms in UTC: see `todos/due.ts`. */
    dueAt: integer('due_at'),
    /** The zone in which a time was meant. Null for a whole day. */
    dueZone: text('due_zone'),
    /** What lists by due date sort by. A whole day is an odd number and a time an even one, so a range can hold one without the other. */
    dueOrder: integer('due_order')
      .notNull()
      .generatedAlwaysAs(sql.raw(`coalesce(due_at * 2 + (due_zone IS NULL), ${NO_DUE_ORDER})`), { mode: 'virtual' }),
    /** By which rule it comes again (RFC 5545): see `todos/recurrence.ts`. */
    recurrence: text(),
    /** The to-do that this one is a part of. That one has no parent itself. */
    parentId: text('parent_id'),
    listId: text('list_id'),
    /** Where its owner has put it: see `todos/position.ts`. Null where nobody has moved it. */
    position: text(),
    /** What a file said of it at the last import: see `todos/import/`. Null where no file did. */
    importHash: text('import_hash'),
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
    /**
     * How many to-dos the user had after its last change, tombstones included, and how many bytes of text. So the to-do with the
     * greatest `seq` has the counts of its user: see `todos/usage.ts`.
     */
    totalRows: integer('total_rows').notNull().default(0),
    totalBytes: integer('total_bytes').notNull().default(0),
  },
  (todo) => {
    const isUndeleted = isNull(todo.deletedAt)
    return [
      // Each index is one row more for D1 to write, which costs as much as a thousand rows to read. docs/decisions/indexes-of-to-dos.md
      index('todos_by_creation').on(todo.userId, todo.createdAt, todo.id).where(isUndeleted),
      index('todos_open_by_due')
        .on(todo.userId, todo.dueOrder, todo.id)
        .where(sql`${isUndeleted} AND ${isNull(todo.completedAt)}`),
      uniqueIndex('todos_by_change').on(todo.userId, todo.seq),
      // Only subtasks have an entry.
      index('todos_by_parent').on(todo.parentId, todo.deletedAt).where(isNotNull(todo.parentId)),
      index('todos_deleted').on(todo.deletedAt).where(isNotNull(todo.deletedAt)),
      check('todos_contents', sql`length(${todo.contents}) BETWEEN 1 AND ${sql.raw(`${MAX_CONTENTS}`)}`),
      check('todos_description', sql`length(${todo.description}) <= ${sql.raw(`${MAX_DESCRIPTION}`)}`),
      check('todos_priority', sql`${todo.priority} BETWEEN 0 AND 4`),
      check(
        'todos_labels',
        sql`json_type(${todo.labels}) = 'array' AND json_array_length(${todo.labels}) <= ${sql.raw(`${MAX_LABELS}`)}`,
      ),
      check('todos_due', sql`${todo.dueAt} IS NOT NULL OR (${todo.dueZone} IS NULL AND ${todo.recurrence} IS NULL)`),
      check('todos_recurrence', sql`${todo.recurrence} IS NULL OR ${todo.parentId} IS NULL`),
      check('todos_parent', sql`${todo.parentId} <> ${todo.id}`),
      check('todos_position', sql`length(${todo.position}) BETWEEN 1 AND 100`),
      check('todos_version', sql`${todo.version} >= 1`),
    ]
  },
)

/** The `Idempotency-Key` headers of the last day, and what was asked with them: see `todos/idempotency.ts`. */
export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    key: text().notNull(),
    /** SHA-256 of what was asked, in base64url. */
    inputHash: text('input_hash').notNull(),
    /** The id from which those of the new to-dos are counted: see `todos/new-ids.ts`. */
    baseId: text('base_id').notNull(),
    usedAt: integer('used_at').notNull(),
  },
  (used) => [primaryKey({ columns: [used.userId, used.key] }), index('idempotency_keys_by_age').on(used.usedAt)],
)

/** When users last searched, one row for each user: see `todos/search-limit.ts`. */
export const todoSearches = sqliteTable('todo_searches', {
  userId: text('user_id')
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  /** Times (ms), the oldest first. */
  times: text({ mode: 'json' }).$type<number[]>().notNull(),
})
