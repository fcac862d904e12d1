import { PRIORITIES } from '../../todos/schemas'

/** So many that a page stays light. */
const PAGE_SIZE = '25'

const STATES = ['all', 'open', 'done'] as const
export type State = (typeof STATES)[number]

/** Each with its order: `sort` and `order` of the API. */
export const SORTS = ['createdAt.DESC', 'createdAt.ASC', 'dueAt.ASC', 'priority.DESC', 'updatedAt.DESC'] as const
export type Sort = (typeof SORTS)[number]

/** What a list shows, as its address says. */
export interface TodoView {
  state: State
  sort: Sort
  q: string
  priority: (typeof PRIORITIES)[number] | undefined
  label: string
  cursor: string
}

export const readView = (search: URLSearchParams): TodoView => ({
  state: STATES.find((one) => one === search.get('state')) ?? 'all',
  sort: SORTS.find((one) => one === search.get('sort')) ?? 'createdAt.DESC',
  q: search.get('q')?.trim() ?? '',
  priority: PRIORITIES.find((one) => one === search.get('priority')),
  label: search.get('label')?.trim() ?? '',
  cursor: search.get('cursor') ?? '',
})

/** Whether it leaves any to-do out. */
export const isFiltered = ({ state, q, priority, label }: TodoView): boolean =>
  state !== 'all' || q !== '' || priority !== undefined || label !== ''

const SORT_QUERIES = {
  'createdAt.DESC': { sort: 'createdAt', order: 'DESC' },
  'createdAt.ASC': { sort: 'createdAt', order: 'ASC' },
  'dueAt.ASC': { sort: 'dueAt', order: 'ASC' },
  'priority.DESC': { sort: 'priority', order: 'DESC' },
  'updatedAt.DESC': { sort: 'updatedAt', order: 'DESC' },
} as const

/** The same as the API is asked for it. */
export const toTodoQuery = ({ state, sort, q, priority, label, cursor }: TodoView) => ({
  ...SORT_QUERIES[sort],
  limit: PAGE_SIZE,
  ...(state !== 'all' && { isDone: state === 'done' ? ('true' as const) : ('false' as const) }),
  ...(q !== '' && { q }),
  ...(priority && { priority }),
  ...(label !== '' && { label }),
  ...(cursor !== '' && { cursor }),
})
