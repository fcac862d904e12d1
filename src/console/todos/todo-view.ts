import { PRIORITIES } from '../../todos/schemas'

/** To-dos on one page. */
const PAGE_SIZE = '25'

export const STATES = ['all', 'open', 'done'] as const

/** `sort` and `order` of the API. */
export const SORTS = [
  'createdAt.DESC',
  'createdAt.ASC',
  'dueAt.ASC',
  'position.ASC',
  'priority.DESC',
  'updatedAt.DESC',
] as const

/** What a list of to-dos shows. The query of its address says it. */
export interface TodoView {
  /** `today` and `overdue` show what is open and due. Both are in the order of the due dates. */
  due: 'today' | 'overdue' | undefined
  /** The id of a list, or `none` for to-dos that are in no list. */
  list: string | undefined
  state: (typeof STATES)[number]
  sort: (typeof SORTS)[number]
  q: string
  priority: (typeof PRIORITIES)[number] | undefined
  label: string
  cursor: string
}

const LIST_ID = /^(?:none|[0-9a-f-]{36})$/

export const readView = (search: URLSearchParams): TodoView => ({
  due: (['today', 'overdue'] as const).find((due) => due === search.get('due')),
  list: LIST_ID.exec(search.get('list') ?? '')?.[0],
  state: STATES.find((state) => state === search.get('state')) ?? 'all',
  sort: SORTS.find((sort) => sort === search.get('sort')) ?? 'createdAt.DESC',
  q: search.get('q')?.trim() ?? '',
  priority: PRIORITIES.find((priority) => priority === search.get('priority')),
  label: search.get('label')?.trim() ?? '',
  cursor: search.get('cursor') ?? '',
})

/** Whether the list may leave out some to-dos. */
export const isFiltered = ({ due, list, state, q, priority, label }: TodoView): boolean =>
  due !== undefined || list !== undefined || state !== 'all' || q !== '' || priority !== undefined || label !== ''

const SORT_QUERIES = {
  'createdAt.DESC': { sort: 'createdAt', order: 'DESC' },
  'createdAt.ASC': { sort: 'createdAt', order: 'ASC' },
  'dueAt.ASC': { sort: 'dueAt', order: 'ASC' },
  'position.ASC': { sort: 'position', order: 'ASC' },
  'priority.DESC': { sort: 'priority', order: 'DESC' },
  'updatedAt.DESC': { sort: 'updatedAt', order: 'DESC' },
} as const

/** The query that asks the API for these to-dos. */
export const toApiQuery = ({ list, state, sort, q, priority, label, cursor }: TodoView) => ({
  ...SORT_QUERIES[sort],
  limit: PAGE_SIZE,
  ...(list !== undefined && { listId: list }),
  ...(state !== 'all' && { isDone: state === 'done' ? ('true' as const) : ('false' as const) }),
  ...(q !== '' && { q }),
  ...(priority && { priority }),
  ...(label !== '' && { label }),
  ...(cursor !== '' && { cursor }),
})

/**
 * The queries for what is overdue, and for what else is due on a day. They are two: a whole day sorts at its end in UTC, so no `dueBefore`
 * holds exactly what is due until the end of a day in a zone. Both are read from the index of open to-dos by due date, and count as no search.
 */
export const toDueQuery = (
  due: 'today' | 'overdue',
  { timeZone, today, cursor }: Record<'timeZone' | 'today' | 'cursor', string>,
) => ({
  ...SORT_QUERIES['dueAt.ASC'],
  limit: PAGE_SIZE,
  timeZone,
  isDone: 'false' as const,
  ...(due === 'overdue' ? { overdue: 'true' as const } : { overdue: 'false' as const, dueOn: today }),
  ...(cursor !== '' && { cursor }),
})
