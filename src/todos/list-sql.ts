import { type SQL, sql } from 'drizzle-orm'
import type { Bound, ValueOf } from '../db/prebuilt'
import type { Position } from '../http/cursor'
import { type CallerRead, type CallerValues, prebuildForCaller } from '../sessions/caller-statements'
import { sessions } from '../sessions/tables'
import { foldText } from './fold'
import { PRIORITIES, type TodoFilter } from './schemas'
import { isSearch, searchFreeAt } from './search-limit'
import { NO_DUE_DATE, todos } from './tables'
import { type TodoRow, todoSelection } from './todo'

/*
 * The SQL of lists. Lists with the same filters, sort and order have one statement, which is built once.
 */

/** A page of a list: the filter and order of the list, how many to-dos it has at most, and where the page before it ended. */
export interface PageOfTodos {
  filter: TodoFilter
  limit: number
  after: Position | null
}

/** The values of a page. Those that its statement does not have a place for are undefined. */
interface PageValues extends CallerValues {
  priority: number | undefined
  label: string | undefined
  dueAfter: number | undefined
  dueBefore: number
  folded: string | undefined
  afterAt: number | undefined
  afterId: string | undefined
  rows: number
}

const sortColumns = {
  createdAt: todos.createdAt,
  dueAt: todos.dueOrder,
  priority: todos.priority,
  updatedAt: todos.updatedAt,
} as const

/**
 * The condition of a page: what the filter shows, after a position.
 *
 * With a `+` before a column, SQLite uses no index for the comparison. In a list by due date, the index is read from the cursor on.
 * With two bounds on one side, SQLite would start at one of them: if that is not the cursor, every page reads all earlier pages
 * again. So a due date may be a bound only on the side where the cursor sets none.
 */
function pageCondition({ filter, after }: PageOfTodos, value: ValueOf<PageValues>): SQL {
  const { sort, order, isDone, priority, label, dueBefore, dueAfter, q } = filter
  const isByDue = sort === 'dueAt' && after !== null
  const dueFrom = sql.raw(isByDue && order === 'ASC' ? '+' : '')
  const dueTo = sql.raw(isByDue && order === 'DESC' ? '+' : '')
  const conditions = [
    sql`${todos.userId} = ${value('userId')} AND ${todos.deletedAt} IS NULL`,
    isDone === undefined ? undefined : sql`${todos.completedAt} IS ${sql.raw(isDone ? 'NOT NULL' : 'NULL')}`,
    priority && sql`${todos.priority} = ${value('priority')}`,
    dueAfter && sql`${dueFrom}${todos.dueOrder} > ${value('dueAfter')}`,
    (dueBefore ?? dueAfter) && sql`${dueTo}${todos.dueOrder} < ${value('dueBefore')}`,
    label !== undefined && sql`EXISTS (SELECT 1 FROM json_each(${todos.labels}) WHERE value = ${value('label')})`,
    // Not LIKE: it gives `%` and `_` a special meaning, and D1 refuses its patterns of more than 50 bytes.
    q !== undefined &&
      sql`(instr(${todos.foldedContents}, ${value('folded')}) OR instr(${todos.foldedDescription}, ${value('folded')}))`,
    after &&
      sql`(${sortColumns[sort]}, ${todos.id}) ${sql.raw(order === 'ASC' ? '>' : '<')} (${value('afterAt')}, ${value('afterId')})`,
  ]
  return sql.join(
    conditions.filter((condition) => condition instanceof Object),
    sql` AND `,
  )
}

/** Open to-dos are few, so a list of them reads their index, in whatever order. All others read the to-dos as they were made. */
const indexOf = ({ isDone }: TodoFilter): SQL =>
  sql.raw(`INDEXED BY ${isDone === false ? 'todos_open_by_due' : 'todos_by_creation'}`)

/** The statement of a page, and of all pages like it. If it is a search, it finds nothing while there is no room for one more. */
function prebuildPage(page: PageOfTodos): (values: PageValues) => Bound<CallerRead<TodoRow>> {
  const { sort, order } = page.filter
  const direction = sql.raw(order)
  return prebuildForCaller((value, { isLive }) => {
    const mayRead = isSearch(page.filter) ? sql`AND ${searchFreeAt(value)} <= ${value('now')}` : sql``
    return sql`SELECT ${todoSelection} FROM ${sessions} LEFT JOIN ${todos} ${indexOf(page.filter)}
      ON ${pageCondition(page, value)} WHERE ${isLive} ${mayRead}
      ORDER BY ${sortColumns[sort]} ${direction}, ${todos.id} ${direction} LIMIT ${value('rows')}`
  })
}

const statements = new Map<string, ReturnType<typeof prebuildPage>>()

/** The query of a page. It asks for one row more, which tells whether there is another page. */
export function selectPage(page: PageOfTodos, caller: CallerValues): Bound<CallerRead<TodoRow>> {
  const { filter, after, limit } = page
  const { sort, order, isDone, priority, label, dueBefore, dueAfter, q } = filter
  const shape = [
    sort,
    order,
    isDone,
    !priority,
    label === undefined,
    !dueBefore,
    !dueAfter,
    q === undefined,
    !after,
  ].join()
  const statement = statements.get(shape) ?? prebuildPage(page)
  statements.set(shape, statement)
  return statement({
    ...caller,
    priority: priority && PRIORITIES.indexOf(priority),
    label,
    dueAfter: dueAfter === undefined ? undefined : Date.parse(dueAfter),
    // With an offset such as -12:00, `dueBefore` can be later than NO_DUE_DATE. To-dos without a due date must still not be found.
    dueBefore: dueBefore === undefined ? NO_DUE_DATE : Math.min(Date.parse(dueBefore), NO_DUE_DATE),
    folded: q === undefined ? undefined : foldText(q),
    afterAt: after?.at,
    afterId: after?.id,
    rows: limit + 1,
  })
}
