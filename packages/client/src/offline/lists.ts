import { defaultPosition } from '../position'
import type { Problem } from './entry'
import { idTime } from './uuid'

/*
 * Lists on the device: what the server last said, all lists at once, and what waits for each. There are few of them and they say little, so
 * who syncs last wins.
 */

/** A list as the server gives it. */
export interface TodoList {
  id: string
  name: string
  position: string
  createdAt: string
  updatedAt: string
  version: number
}

/** The fields of a list that people change. `position: null`: where its creation puts it. */
export interface ListFields {
  name: string
  position: string | null
}

/** What waits for a list. */
export interface ListWish {
  id: string
  /** The fields that were changed here; all of them if it was made here. */
  fields: Partial<ListFields>
  isNew?: boolean
  /** What becomes of its to-dos when it is deleted. */
  deleted?: 'move' | 'delete'
  /** It may have been sent. */
  isTried?: boolean
  /** The server has refused it. It waits for the app. */
  problem?: Problem
}

/** A list as this device shows it. */
export interface OfflineList extends TodoList {
  state: 'synced' | 'waiting' | 'refused'
  /** Why the server has refused it. */
  problem?: Problem
}

type Wishes = ReadonlyMap<string, ListWish>

/** All lists in their order. */
export function shownLists(server: readonly TodoList[], wishes: Wishes): OfflineList[] {
  const made = [...wishes.values()].flatMap((wish) => (server.some(({ id }) => id === wish.id) ? [] : draftOf(wish)))
  const shown = [...server, ...made].flatMap((list) => toOfflineList(list, wishes.get(list.id)))
  return shown.sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1))
}

/** A deleted one that the server does not want to delete is shown, so that the app can say so. */
function toOfflineList(list: TodoList, wish: ListWish | undefined): OfflineList[] {
  if (!wish) return [{ ...list, state: 'synced' }]
  const { fields, deleted, problem } = wish
  if (deleted && !problem) return []
  const position = fields.position ?? (fields.position === null ? positionOf(list) : list.position)
  const state = problem ? 'refused' : 'waiting'
  return [{ ...list, name: fields.name ?? list.name, position, state, ...(problem && { problem }) }]
}

const positionOf = ({ createdAt }: Pick<TodoList, 'createdAt'>): string => defaultPosition(Date.parse(createdAt))

/** A list that was made here, or was changed here and deleted elsewhere meanwhile: the next sync makes it again. */
function draftOf({ id, fields: { name, position }, deleted }: ListWish): TodoList[] {
  if (name === undefined || deleted) return []
  const createdAt = new Date(idTime(id)).toISOString()
  return [{ id, name, position: position ?? positionOf({ createdAt }), createdAt, updatedAt: createdAt, version: 0 }]
}

/** Below all letters, so that a shorter position sorts first. */
const sortKey = ({ position, id }: TodoList): string => `${position} ${id}`

/** What waits after one more change. */
export function wishAfter(wish: ListWish | undefined, id: string, fields: Partial<ListFields>): ListWish {
  const { problem: _, deleted: __, ...others } = wish ?? { id, fields: {} }
  return { ...others, fields: { ...others.fields, ...fields } }
}

/** What waits after a deletion. Null: the server has never heard of the list. */
export function wishToDelete(wish: ListWish | undefined, id: string, todos: 'move' | 'delete'): ListWish | null {
  if (wish?.isNew && !wish.isTried) return null
  return { id, fields: {}, deleted: todos }
}

/** Whether to-dos may be put into this list: it is on the server, or will be. */
export const hasList = (server: readonly TodoList[] | undefined, wishes: Wishes, id: string): boolean => {
  const wish = wishes.get(id)
  if (wish && !wish.deleted) return true
  return wish === undefined && (server === undefined || server.some((list) => list.id === id))
}

/** The lists of the server after it has answered for one. Null: it is deleted. */
export const listsAfter = (server: readonly TodoList[], id: string, list: TodoList | null): TodoList[] => [
  ...server.filter((one) => one.id !== id),
  ...(list ? [list] : []),
]
