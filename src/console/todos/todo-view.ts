import { PRIORITIES } from '../../todos/schemas'

/** To-dos on one page. */
const PAGE_SIZE = '25'

export const STATES = ['all', 'open', 'done'] as const

/** `sort` and `order` of the API. */
export const SORTS = ['createdAt.DESC', 'createdAt.ASC', 'dueAt.ASC', 'priority.DESC', 'updatedAt.DESC'] as const

/** What a list of to-dos shows. The query of its address says it. */
export interface TodoView {
  state: (typeof STATES)[number]
  sort: (typeof SORTS)[number]
  q: string
  priority: (typeof PRIORITIES)[number] | undefined
  label: string
  cursor: string
}

export const readView = (search: URLSearchParams): TodoView => ({
  state: STATES.find((state) => state === search.get('state')) ?? 'all',
  sort: SORTS.find((sort) => sort === search.get('sort')) ?? 'createdAt.DESC',
  q: search.get('q')?.trim() ?? '',
  priority: PRIORITIES.find((priority) => priority === search.get('priority')),
  label: search.get('label')?.trim() ?? '',
  cursor: search.get('cursor') ?? '',
})

/** Whether the list may leave out some to-dos. */
export const isFiltered = ({ state, q, priority, label }: TodoView): boolean =>
  state !== 'all' || q !== '' || priority !== undefined || label !== ''

const SORT_QUERIES = {
  'createdAt.DESC': { sort: 'createdAt', order: 'DESC' },
  'createdAt.ASC': { sort: 'createdAt', order: 'ASC' },
  'dueAt.ASC': { sort: 'dueAt', order: 'ASC' },
  'priority.DESC': { sort: 'priority', order: 'DESC' },
  'updatedAt.DESC': { sort: 'updatedAt', order: 'DESC' },
} as const

/** The query that asks the API for these to-dos. */
export const toApiQuery = ({ state, sort, q, priority, label, cursor }: TodoView) => ({
  ...SORT_QUERIES[sort],
  limit: PAGE_SIZE,
  ...(state !== 'all' && { isDone: state === 'done' ? ('true' as const) : ('false' as const) }),
  ...(q !== '' && { q }),
  ...(priority && { priority }),
  ...(label !== '' && { label }),
  ...(cursor !== '' && { cursor }),
})
