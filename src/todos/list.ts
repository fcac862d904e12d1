import { and, asc, desc, eq, gt, isNotNull, isNull, lt, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import type { Position } from '../http/cursor'
import { fold } from './fold'
import { PRIORITIES, type Todo, type TodoFilter } from './schemas'
import { NO_DUE_DATE, todos } from './tables'
import { livingOf, type TodoRow, todoColumns, toTodo } from './todo'

/** What a list goes by; equal ones by id. */
const sortColumns = {
  createdAt: todos.createdAt,
  dueAt: todos.dueOrder,
  priority: todos.priority,
  updatedAt: todos.updatedAt,
} as const

const sortValue = (row: TodoRow, sort: TodoFilter['sort']): number => (sort === 'dueAt' ? row.dueOrder : row[sort])

/**
 * What a list shows after a position. For each sort there is an index of the user's rows in its order, and the list is a walk
 * along it. A `+` keeps SQLite from taking another index, whose rows it would have to sort, and from beginning each page where
 * the first one began: of two bounds on one side it takes one, and that must be the cursor.
 */
function matching(
  userId: string,
  { sort, order, isDone, priority, label, dueBefore, dueAfter, q }: TodoFilter,
  after: Position | null,
) {
  const cursorSide = after && (order === 'ASC' ? 'lower' : 'upper')
  const priorityOrder = sort === 'priority' ? sql`${todos.priority}` : sql`+${todos.priority}`
  const dueOrder = (isBound: boolean) =>
    sort === 'dueAt' && isBound ? sql`${todos.dueOrder}` : sql`+${todos.dueOrder}`
  // With an offset, a time can be beyond the last due date, and so beyond what has none.
  const dueEnd = dueBefore === undefined ? NO_DUE_DATE : Math.min(Date.parse(dueBefore), NO_DUE_DATE)
  return and(
    livingOf(userId),
    isDone === undefined ? undefined : isDone ? isNotNull(todos.completedAt) : isNull(todos.completedAt),
    priority && eq(priorityOrder, PRIORITIES.indexOf(priority)),
    dueAfter === undefined ? undefined : gt(dueOrder(cursorSide !== 'lower'), Date.parse(dueAfter)),
    (dueBefore ?? dueAfter) === undefined ? undefined : lt(dueOrder(cursorSide !== 'upper'), dueEnd),
    label === undefined ? undefined : sql`EXISTS (SELECT 1 FROM json_each(${todos.labels}) WHERE value = ${label})`,
    q === undefined ? undefined : contains(fold(q)),
    after ? beyond({ sort, order, priority }, after) : undefined,
  )
}

/** The rest of the walk. Rows of one priority are in the order of their ids. */
function beyond({ sort, order, priority }: Pick<TodoFilter, 'sort' | 'order' | 'priority'>, { at, id }: Position): SQL {
  const than = sql.raw(order === 'ASC' ? '>' : '<')
  return sort === 'priority' && priority
    ? sql`${todos.id} ${than} ${id}`
    : sql`(${sortColumns[sort]}, ${todos.id}) ${than} (${at}, ${id})`
}

/** Not LIKE: `%` and `_` are what they are, and D1 takes no pattern of more than 50 bytes. */
const contains = (folded: string): SQL =>
  sql`(instr(${todos.foldedContents}, ${folded}) OR instr(${todos.foldedDescription}, ${folded}))`

/** The query of a page, and of one row more, which tells whether there is another page. */
export function selectTodos(db: Db, userId: string, filter: TodoFilter, limit: number, after: Position | null) {
  return db
    .select(todoColumns)
    .from(todos)
    .where(matching(userId, filter, after))
    .orderBy(...[sortColumns[filter.sort], todos.id].map(filter.order === 'ASC' ? asc : desc))
    .limit(limit + 1)
}

/** A page of the user's to-dos, and where the next one begins: rows that come or go meanwhile move no others. */
export async function listTodos(
  db: Db,
  userId: string,
  filter: TodoFilter,
  limit: number,
  after: Position | null,
): Promise<{ todos: Todo[]; next: Position | null }> {
  const rows = await selectTodos(db, userId, filter, limit, after)
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return { todos: page.map(toTodo), next: last ? { at: sortValue(last, filter.sort), id: last.id } : null }
}
