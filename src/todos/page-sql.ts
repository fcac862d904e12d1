import { isNull, SQL, sql } from 'drizzle-orm'
import type { Bound, ValueOf } from '../db/prebuilt'
import type { Position } from '../http/cursor'
import { BoundedMap } from '../lib/bounded-map'
import { type CallerRead, type CallerValues, prebuildForCaller } from '../sessions/caller-statements'
import { sessions } from '../sessions/tables'
import { type DueRange, dueRangesOf, END, FIRST } from './due-ranges'
import { foldText } from './fold'
import { positionSql } from './position'
import { PRIORITIES, type TodoFilter } from './schemas'
import { hasDatedAndUndated, hasFewOpen, isSearch, searchFreeAt } from './search-limit'
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
  /** A search that finds nothing if its user has many open to-dos, and otherwise does not count. */
  isOfFew?: boolean
}

/** The values of a page. A value is undefined if the statement of the page has no place for it. */
interface PageValues extends CallerValues, Partial<Record<`from${number}` | `to${number}`, number>> {
  priority: number | undefined
  label: string | undefined
  listId: string | undefined
  parentId: string | undefined
  ids: string | undefined
  folded: string | undefined
  afterAt: number | string | undefined
  afterId: string | undefined
  rows: number
}

/** The due date by which a list sorts to-dos without one: they come last in either order. */
export const undatedValueOf = (filter: TodoFilter): number =>
  filter.order === 'DESC' && hasDatedAndUndated(filter) ? -NO_DUE_ORDER : NO_DUE_ORDER

/** The time by which a list sorts open to-dos among those that are done: they come last in either order. */
export const openValueOf = ({ order }: Pick<TodoFilter, 'order'>): number =>
  order === 'DESC' ? -NO_DUE_ORDER : NO_DUE_ORDER

/**
 * What a list sorts by. Descending by due date, no index has to-dos without one last. So a list that may have both kinds sorts
 * its rows, and is a search.
 */
function sortKeyOf(filter: TodoFilter): SQL {
  if (filter.sort === 'position') return positionSql('todos')
  if (filter.sort === 'completedAt') return sql`coalesce(${todos.completedAt}, ${sql.raw(`${openValueOf(filter)}`)})`
  if (filter.sort !== 'dueAt') return sql`${todos[filter.sort]}`
  const undated = undatedValueOf(filter)
  return undated === NO_DUE_ORDER
    ? sql`${todos.dueOrder}`
    : sql`CASE WHEN ${todos.dueAt} IS NULL THEN ${sql.raw(`${undated}`)} ELSE ${todos.dueOrder} END`
}

/** A page, and the ranges of due dates that its list has. */
interface RangedPage extends PageOfTodos {
  ranges: CutRange[]
}

/** A range, and whether the position is in it. */
interface CutRange extends DueRange {
  hasCursor: boolean
}

/** The bounds of a range that are none at all are left out. `place` says which range it is. */
const inRange = (value: ValueOf<PageValues>, { from, to }: DueRange, place: number): SQL[] => [
  ...(from > FIRST ? [sql`${todos.dueOrder} >= ${value(`from${place}`)}`] : []),
  ...(to < END ? [sql`${todos.dueOrder} < ${value(`to${place}`)}`] : []),
]

const and = (conditions: readonly SQL[]): SQL => sql.join([...conditions], sql` AND `)

/** What is in one of the ranges. A to-do that is done is never overdue. */
function inSomeRange({ filter, ranges }: RangedPage, value: ValueOf<PageValues>): SQL[] {
  const each = ranges.map((range, place) => inRange(value, range, place))
  if (each.some((bounds) => bounds.length === 0)) return []
  const some = each.length === 0 ? sql`false` : sql`(${sql.join(each.map(and), sql` OR `)})`
  return filter.overdue === false && filter.isDone !== false
    ? [sql`(${todos.completedAt} IS NOT NULL OR ${some})`]
    : [some]
}

interface Part {
  inRanges: SQL[]
  hasCursor: boolean
}

/** The condition of a page: what the filter shows, after a position if the page has a cursor. */
function pageCondition({ filter }: PageOfTodos, { inRanges, hasCursor }: Part, value: ValueOf<PageValues>): SQL {
  const { ids, order, isDone, priority, label, q, listId, parentId, overdue } = filter
  const isOpen = isDone === false || overdue === true
  const conditions = [
    sql`${todos.userId} = ${value('userId')} AND ${todos.deletedAt} IS NULL`,
    ids && sql`${todos.id} IN (SELECT value FROM json_each(${value('ids')}))`,
    isOpen && sql`${todos.completedAt} IS NULL`,
    isDone === true && sql`${todos.completedAt} IS NOT NULL`,
    priority && sql`${todos.priority} = ${value('priority')}`,
    ...inRanges,
    label !== undefined && sql`EXISTS (SELECT 1 FROM json_each(${todos.labels}) WHERE value = ${value('label')})`,
    listId !== undefined && (listId === 'none' ? isNull(todos.listId) : sql`${todos.listId} = ${value('listId')}`),
    parentId !== undefined &&
      (parentId === 'none' ? isNull(todos.parentId) : sql`${todos.parentId} = ${value('parentId')}`),
    // Not LIKE: it gives `%` and `_` a special meaning, and D1 refuses its patterns of more than 50 bytes.
    q !== undefined &&
      sql`(instr(${todos.foldedContents}, ${value('folded')}) OR instr(${todos.foldedDescription}, ${value('folded')}))`,
    hasCursor &&
      sql`(${sortKeyOf(filter)}, ${todos.id}) ${sql.raw(order === 'ASC' ? '>' : '<')} (${value('afterAt')}, ${value('afterId')})`,
  ]
  return and(conditions.filter((condition) => condition instanceof SQL))
}

/** Open to-dos are few, so a list of them reads their index, whatever its order. All other lists but that of subtasks read the index by creation. */
function indexFor({ ids, isDone, overdue, parentId }: TodoFilter): SQL {
  if (ids !== undefined) return sql.raw('INDEXED BY sqlite_autoindex_todos_1')
  if (parentId !== undefined && parentId !== 'none') return sql.raw('INDEXED BY todos_by_parent')
  return sql.raw(`INDEXED BY ${isDone === false || overdue === true ? 'todos_open_by_due' : 'todos_by_creation'}`)
}

/** The statement of a page, and of all pages like it. If it is a search, it finds nothing while the user may not search again. */
function prebuildPage(page: RangedPage): (values: PageValues) => Bound<CallerRead<TodoRow>> {
  const { filter, ranges } = page
  const direction = sql.raw(filter.order)
  const inOrder = sql`ORDER BY ${sortKeyOf(filter)} ${direction}, ${todos.id} ${direction}`
  return prebuildForCaller((value, { isLive }) => {
    const mayRead = page.isOfFew ? hasFewOpen(value('userId')) : sql`${searchFreeAt(value)} <= ${value('now')}`
    const ifAllowed = isSearch(filter) ? sql`AND ${mayRead}` : sql``
    const select = (part: Part, more = sql``) => sql`SELECT ${todoSelection} ${more}
      FROM ${sessions} LEFT JOIN ${todos} ${indexFor(filter)}
      ON ${pageCondition(page, part, value)} WHERE ${isLive} ${ifAllowed} ${inOrder} LIMIT ${value('rows')}`
    const [first] = ranges
    if (isSearch(filter) || ranges.length < 2) {
      const hasCursor = isSearch(filter) || !first ? page.after !== null : first.hasCursor
      return select({ inRanges: inSomeRange(page, value), hasCursor })
    }
    // Each range is read in order, and no further than the page may go.
    const parts = ranges.map((range, place) => {
      const part = { inRanges: inRange(value, range, place), hasCursor: range.hasCursor }
      return sql`SELECT * FROM (${select(part, sql`, ${sortKeyOf(filter)} AS sort_key`)})`
    })
    return sql`${sql.join(parts, sql` UNION ALL `)}
      ORDER BY sort_key ${direction}, id ${direction} LIMIT ${value('rows')} + ${sql.raw(`${ranges.length}`)}`
  })
}

/** Filters can be put together in more than 100,000 ways, and their statements would fill the memory. People use a few of them. */
export const statements = new BoundedMap<ReturnType<typeof prebuildPage>>(500)

/**
 * What the text of a page's statement depends on: the values of `sort`, `order` and what is true or false; which other filters there are, and
 * which ranges have which bounds.
 */
function textKeyOf({ filter, after, ranges, isOfFew }: RangedPage): string {
  const { ids: only, sort, order, isDone, overdue, priority, label, q, listId, parentId } = filter
  const given = [isOfFew, only, priority, label, q].map((one) => one !== undefined)
  const ids = [listId, parentId].map((one) => (one === undefined || one === 'none' ? one : 'id'))
  const bounds = ranges.map(({ from, to, hasCursor }) => `${from > FIRST}${to < END}${hasCursor}`)
  return [sort, order, isDone, overdue, hasDatedAndUndated(filter), after === null, ...given, ...ids, ...bounds].join()
}

/**
 * The ranges that are left after the position. SQLite starts at one bound of its index. If that were the range and not the position, every
 * page would read all earlier pages again. So the range that the position is in has no bound on that side, and those after it no position.
 */
function cut({ filter, after }: PageOfTodos, ranges: DueRange[]): CutRange[] {
  const at = after?.at
  if (filter.sort !== 'dueAt' || typeof at !== 'number')
    return ranges.map((range) => ({ ...range, hasCursor: after !== null }))
  return filter.order === 'ASC'
    ? ranges
        .filter(({ to }) => to > at)
        .map(({ from, to }) => (from <= at ? { from: FIRST, to, hasCursor: true } : { from, to, hasCursor: false }))
    : ranges
        .filter(({ from }) => from <= at)
        .map(({ from, to }) => (to > at ? { from, to: END, hasCursor: true } : { from, to, hasCursor: false }))
}

/** The query of a page. It asks for one row more, which tells whether there is another page. */
export function selectPage(page: PageOfTodos, caller: CallerValues, zone: string): Bound<CallerRead<TodoRow>> {
  const { filter, after, limit } = page
  const { ids, priority, label, q, listId, parentId } = filter
  const ranges = cut(page, dueRangesOf(filter, { now: caller.now, zone }))
  const ranged = { ...page, ranges }
  const statement = statements.getOrMake(textKeyOf(ranged), () => prebuildPage(ranged))
  return statement({
    ...caller,
    ...Object.fromEntries(
      ranges.flatMap(({ from, to }, place) => [
        [`from${place}`, from],
        [`to${place}`, to],
      ]),
    ),
    priority: priority && PRIORITIES.indexOf(priority),
    label,
    listId,
    parentId,
    ids: ids && JSON.stringify(ids),
    folded: q === undefined ? undefined : foldText(q),
    afterAt: after?.at,
    afterId: after?.id,
    rows: limit + 1,
  })
}
