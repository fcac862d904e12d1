import { type SQL, sql } from 'drizzle-orm'
import type { Bound, ValueOf } from '../db/prebuilt'
import type { Position } from '../http/cursor'
import { type CallerRead, type CallerValues, prebuildForCaller } from '../sessions/caller-statements'
import { sessions } from '../sessions/tables'
import { foldText } from './fold'
import { PRIORITIES, type TodoFilter } from './schemas'
import { hasDatedAndUndated, isSearch, searchFreeAt } from './search-limit'
import { NO_DUE_ORDER, todos } from './tables'
import { type TodoRow, todoSelection } from './todo'

/*
 * The SQL of lists. Lists with the same filters, sort and order have one statement, which is built once.
 */

/** A page of a list: the filter and order of the list, how many to-dos the page has at most, and where the page before it ended. */
export interface PageOfTodos {
  filter: TodoFilter
  limit: number
  after: Position | null
}

/** The values of a page. A value is undefined if the statement of the page has no place for it. */
interface PageValues extends CallerValues {
  priority: number | undefined
  label: string | undefined
  dueAfter: number
  dueBefore: number
  folded: string | undefined
  afterAt: number | undefined
  afterId: string | undefined
  rows: number
}

/** The due date by which a list sorts to-dos without one: they come last in either order. */
export const undatedValueOf = (filter: TodoFilter): number =>
  filter.order === 'DESC' && hasDatedAndUndated(filter) ? -NO_DUE_ORDER : NO_DUE_ORDER

/**
 * What a list sorts by. Descending by due date, no index has to-dos without one last. So a list that may have both kinds sorts
 * its rows, and is a search.
 */
function sortKeyOf(filter: TodoFilter): SQL {
  const undated = undatedValueOf(filter)
  if (filter.sort !== 'dueAt') return sql`${todos[filter.sort]}`
  return undated === NO_DUE_ORDER
    ? sql`${todos.dueOrder}`
    : sql`CASE WHEN ${todos.dueAt} IS NULL THEN ${sql.raw(`${undated}`)} ELSE ${todos.dueOrder} END`
}

/**
 * The condition of a page: what the filter shows, after a position.
 *
 * A list by due date reads its index from the cursor on. `dueAfter` (ascending) or `dueBefore` (descending) bounds the index on the
 * same side as the cursor. SQLite starts at one of the two, and if that were not the cursor, every page would read all earlier pages
 * again. So the filter on that side gets a `+` before its column: SQLite then uses no index for it.
 */
function pageCondition({ filter, after }: PageOfTodos, value: ValueOf<PageValues>): SQL {
  const { sort, order, isDone, priority, label, dueBefore, dueAfter, hasDueDate, q } = filter
  const hasDueCursor = sort === 'dueAt' && after !== null
  const noIndexForAfter = sql.raw(hasDueCursor && order === 'ASC' ? '+' : '')
  const noIndexForBefore = sql.raw(hasDueCursor && order === 'DESC' ? '+' : '')
  const conditions = [
    sql`${todos.userId} = ${value('userId')} AND ${todos.deletedAt} IS NULL`,
    isDone === undefined ? undefined : sql`${todos.completedAt} IS ${sql.raw(isDone ? 'NOT NULL' : 'NULL')}`,
    priority && sql`${todos.priority} = ${value('priority')}`,
    (dueAfter !== undefined || hasDueDate === false) &&
      sql`${noIndexForAfter}${todos.dueOrder} >= ${value('dueAfter')}`,
    // Also with `dueAfter` alone: a to-do without a due date is not due after anything.
    ((dueBefore ?? dueAfter) !== undefined || hasDueDate === true) &&
      sql`${noIndexForBefore}${todos.dueOrder} < ${value('dueBefore')}`,
    label !== undefined && sql`EXISTS (SELECT 1 FROM json_each(${todos.labels}) WHERE value = ${value('label')})`,
    // Not LIKE: it gives `%` and `_` a special meaning, and D1 refuses its patterns of more than 50 bytes.
    q !== undefined &&
      sql`(instr(${todos.foldedContents}, ${value('folded')}) OR instr(${todos.foldedDescription}, ${value('folded')}))`,
    after &&
      sql`(${sortKeyOf(filter)}, ${todos.id}) ${sql.raw(order === 'ASC' ? '>' : '<')} (${value('afterAt')}, ${value('afterId')})`,
  ]
  return sql.join(
    conditions.filter((condition) => condition instanceof Object),
    sql` AND `,
  )
}

/** Open to-dos are few, so a list of them reads their index, whatever its order. All other lists read the index by creation. */
const indexFor = ({ isDone }: TodoFilter): SQL =>
  sql.raw(`INDEXED BY ${isDone === false ? 'todos_open_by_due' : 'todos_by_creation'}`)

/** The statement of a page, and of all pages like it. If it is a search, it finds nothing while the user may not search again. */
function prebuildPage(page: PageOfTodos): (values: PageValues) => Bound<CallerRead<TodoRow>> {
  const direction = sql.raw(page.filter.order)
  return prebuildForCaller((value, { isLive }) => {
    const mayRead = isSearch(page.filter) ? sql`AND ${searchFreeAt(value)} <= ${value('now')}` : sql``
    return sql`SELECT ${todoSelection} FROM ${sessions} LEFT JOIN ${todos} ${indexFor(page.filter)}
      ON ${pageCondition(page, value)} WHERE ${isLive} ${mayRead}
      ORDER BY ${sortKeyOf(page.filter)} ${direction}, ${todos.id} ${direction} LIMIT ${value('rows')}`
  })
}

const statements = new Map<string, ReturnType<typeof prebuildPage>>()

/**
 * What the text of a page's statement depends on. The text has the values of `sort`, `order`, `isDone` and `hasDueDate`. Of all other filters it only
 * depends on whether they are there, because their values are parameters.
 */
function textKeyOf({ filter, after }: PageOfTodos): string {
  const { sort, order, isDone, hasDueDate, ...others } = filter
  const given = Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  return [sort, order, isDone, hasDueDate, after === null, ...given.sort()].join()
}

/** The query of a page. It asks for one row more, which tells whether there is another page. */
export function selectPage(page: PageOfTodos, caller: CallerValues): Bound<CallerRead<TodoRow>> {
  const { filter, after, limit } = page
  const { priority, label, dueBefore, dueAfter, hasDueDate, q } = filter
  const key = textKeyOf(page)
  const statement = statements.get(key) ?? prebuildPage(page)
  statements.set(key, statement)
  return statement({
    ...caller,
    priority: priority && PRIORITIES.indexOf(priority),
    label,
    dueAfter: dueAfter === undefined || hasDueDate === false ? NO_DUE_ORDER : 2 * Date.parse(dueAfter),
    // With an offset such as -12:00, `dueBefore` can be later than NO_DUE_ORDER. To-dos without a due date must still not be found.
    dueBefore: dueBefore === undefined ? NO_DUE_ORDER : Math.min(2 * Date.parse(dueBefore), NO_DUE_ORDER),
    folded: q === undefined ? undefined : foldText(q),
    afterAt: after?.at,
    afterId: after?.id,
    rows: limit + 1,
  })
}
