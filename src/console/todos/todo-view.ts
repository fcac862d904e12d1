import { PRIORITIES } from '../../todos/schemas'
import { withQuery } from '../page/local-path'

/** To-dos on one page. */
const PAGE_SIZE = '25'

/** The views that the navigation leads to. */
export const VIEWS = ['today', 'upcoming', 'all', 'done'] as const

/** `overdue` is what “Load more” leads to, if a lot is overdue. Today begins with it. */
const NAMES = [...VIEWS, 'overdue'] as const

export type ViewName = (typeof NAMES)[number]

/** `sort` and `order` of the API, for all that is open. */
export const SORTS = [
  'createdAt.DESC',
  'createdAt.ASC',
  'dueAt.ASC',
  'position.ASC',
  'priority.DESC',
  'updatedAt.DESC',
] as const

/** What a page shows of the to-dos. The query of its address says it. */
export interface TodoView {
  name: ViewName
  /** The id of a list, or `none` for to-dos that are in no list. As `label`, `q` and `priority`, it narrows `all` and `done`. */
  list: string | undefined
  label: string
  q: string
  priority: (typeof PRIORITIES)[number] | undefined
  /** The order of `all`. */
  sort: (typeof SORTS)[number]
  cursor: string
}

/** A view as its address says it. Without a name, it is Today or All, by what there is. */
export type AskedView = Omit<TodoView, 'name'> & { name: ViewName | undefined }

const LIST_ID = /^(?:none|[0-9a-f-]{36})$/

export function readView(search: URLSearchParams): AskedView {
  const narrowing = {
    list: LIST_ID.exec(search.get('list') ?? '')?.[0],
    label: search.get('label')?.trim() ?? '',
    q: search.get('q')?.trim() ?? '',
    priority: PRIORITIES.find((priority) => priority === search.get('priority')),
  }
  const sort = SORTS.find((one) => one === search.get('sort'))
  const cursor = search.get('cursor') ?? ''
  const isOfAll = isNarrow(narrowing) || sort !== undefined || cursor !== ''
  const name = NAMES.find((one) => one === search.get('view')) ?? (isOfAll ? 'all' : undefined)
  return { name, ...narrowing, sort: sort ?? SORTS[0], cursor }
}

type Narrowing = Pick<TodoView, 'list' | 'label' | 'q' | 'priority'>

const isNarrow = ({ list, label, q, priority }: Narrowing): boolean =>
  list !== undefined || label !== '' || q !== '' || priority !== undefined

/** Whether the view leaves out some of what is open, or done. */
export const isFiltered = (view: TodoView): boolean => hasFilters(view) && isNarrow(view)

/** Whether a view can be narrowed. The others show days, whatever else their address says. */
export const hasFilters = ({ name }: Pick<TodoView, 'name'>): boolean => name === 'all' || name === 'done'

interface Place {
  day?: 'today' | 'tomorrow'
  listId?: string
  labels?: string[]
}

/** Where a to-do has to be so that this view shows it. */
export function placeIn({ name, list, label }: AskedView): Place {
  if (name === 'today') return { day: 'today' }
  if (name === 'upcoming') return { day: 'tomorrow' }
  return {
    ...(list !== undefined && list !== 'none' && { listId: list }),
    ...(label !== '' && { labels: [label] }),
  }
}

/** The address of this view with another name. Only what narrows both stays. */
export const withView = (listPath: string, name: ViewName | null): string =>
  withQuery(listPath, { view: name, cursor: null, sort: null, select: null })

const SORT_QUERIES = {
  'createdAt.DESC': { sort: 'createdAt', order: 'DESC' },
  'createdAt.ASC': { sort: 'createdAt', order: 'ASC' },
  'dueAt.ASC': { sort: 'dueAt', order: 'ASC' },
  'position.ASC': { sort: 'position', order: 'ASC' },
  'priority.DESC': { sort: 'priority', order: 'DESC' },
  'updatedAt.DESC': { sort: 'updatedAt', order: 'DESC' },
} as const

const toPage = (cursor: string) => ({ limit: PAGE_SIZE, ...(cursor !== '' && { cursor }) })

/** The query that asks the API for all that is open, or done. */
export const toListQuery = ({ name, list, label, q, priority, sort, cursor }: TodoView) => ({
  ...(name === 'done'
    ? { sort: 'completedAt' as const, order: 'DESC' as const, isDone: 'true' as const }
    : { ...SORT_QUERIES[sort], isDone: 'false' as const }),
  ...toPage(cursor),
  ...(list !== undefined && { listId: list }),
  ...(q !== '' && { q }),
  ...(priority && { priority }),
  ...(label !== '' && { label }),
})

/** A day in the zone of a person. */
export interface Here {
  timeZone: string
  today: string
}

/**
 * The query for what is overdue, what else is due today, or what is due from today on. Overdue and today are two: a whole day sorts at its
 * end in UTC, so no `dueBefore` holds exactly what is due until the end of a day in a zone. All are read from the index of open to-dos by due
 * date, and are no searches.
 */
export const toDueQuery = (name: 'overdue' | 'today' | 'upcoming', { timeZone, today }: Here, cursor: string) => ({
  ...SORT_QUERIES['dueAt.ASC'],
  ...toPage(cursor),
  timeZone,
  isDone: 'false' as const,
  ...{
    overdue: { overdue: 'true' as const },
    today: { overdue: 'false' as const, dueOn: today },
    upcoming: { overdue: 'false' as const, hasDueDate: 'true' as const },
  }[name],
})
