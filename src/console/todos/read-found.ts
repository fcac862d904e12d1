import type { TodoCounts } from '../../todos/counts/schemas'
import type { List } from '../../todos/lists/schemas'
import type { Todo } from '../../todos/schemas'
import type { PageContext } from '../page/console-env'
import { type Reader, readReader } from '../page/person'
import { toAppError } from '../page/refusal'
import { todayOf } from './due'
import { readLists } from './lists/read-lists'
import { readCounts } from './read-counts'
import { type AskedView, hasFilters, SORTS, type TodoView, toDueQuery, toListQuery } from './todo-view'

export interface Page {
  todos: Todo[]
  nextCursor: string | null
}

/** What a page shows: to-dos, and before them those that are overdue, on the first page of Today. */
export interface Found {
  reader: Reader
  view: TodoView
  shown: Page
  overdue: Page
  counts: TodoCounts
  lists: List[]
}

type Query = ReturnType<typeof toListQuery> | ReturnType<typeof toDueQuery>

const NOTHING: Page = { todos: [], nextCursor: null }

async function ask(c: PageContext, query: Query) {
  const answer = await c.var.api.todos.$get({ query })
  return answer.status === 200 ? answer.json() : answer
}

async function readPage(c: PageContext, query: Query): Promise<Page> {
  const read = await ask(c, query)
  if ('todos' in read) return read
  throw await toAppError(read)
}

interface Listed {
  view: TodoView
  shown: Page
}

/**
 * All that is open, or done. Somebody who has very many open ones may search too often by only looking at them: then they come by due date, which is
 * no search.
 */
async function readListed(c: PageContext, view: TodoView): Promise<Listed> {
  const read = await ask(c, toListQuery(view))
  if ('todos' in read) return { view, shown: read }
  const isPlain = Object.keys(toListQuery(view)).length === Object.keys(toListQuery(PLAIN)).length
  if (read.status !== 429 || !isPlain || view.name !== 'all') throw await toAppError(read)
  const byDue = { ...view, sort: 'dueAt.ASC' as const }
  return { view: byDue, shown: await readPage(c, toListQuery(byDue)) }
}

const PLAIN: TodoView = {
  name: 'all',
  list: undefined,
  label: '',
  q: '',
  priority: undefined,
  sort: SORTS[0],
  cursor: '',
}

async function readDated(c: PageContext, view: AskedView, reader: Reader): Promise<Pick<Found, 'shown' | 'overdue'>> {
  const { cursor } = view
  const name = view.name === 'upcoming' || view.name === 'overdue' ? view.name : 'today'
  const here = { timeZone: reader.zone, today: todayOf(reader.zone, reader.now) }
  const [shown, overdue] = await Promise.all([
    readPage(c, toDueQuery(name, here, cursor)),
    name === 'today' && cursor === '' ? readPage(c, toDueQuery('overdue', here, '')) : NOTHING,
  ])
  return { shown, overdue }
}

/**
 * Reads what a view shows. The counts say whether a page without a name is Today: if not, it has all that is open, which is read at the same
 * time as they are.
 */
export async function readFound(c: PageContext, asked: AskedView): Promise<Found> {
  const { name } = asked
  const readingReader = readReader(c)
  const isList = name === undefined || hasFilters({ name })
  const [reader, counts, lists, listed, dated] = await Promise.all([
    readingReader,
    readCounts(c),
    readLists(c),
    isList ? readListed(c, { ...asked, name: name ?? 'all' }) : null,
    isList ? null : readingReader.then((known) => readDated(c, asked, known)),
  ])
  const known = { reader, counts, lists }
  if (dated && name) return { ...known, view: { ...asked, name }, ...dated }
  const isToday = name === undefined && counts.overdue + counts.today > 0
  if (listed && !isToday) return { ...known, ...listed, overdue: NOTHING }
  return { ...known, view: { ...asked, name: 'today' }, ...(await readDated(c, asked, reader)) }
}
