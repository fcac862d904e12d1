import { type Clock, dueDay, isLate, today } from './due-words'

/** A part of the list. */
export interface Section {
  /** `overdue`, `today`, a day such as `2026-12-24`, `no date`, or `done`. */
  key: string
  todos: OfflineTodo[]
}

/**
 * The list without a network: overdue, today, then day by day, then without a date. `doneHere` are completed ones that are shown too, because
 * somebody has just completed them and may want them back.
 */
export function toSections(todos: readonly OfflineTodo[], doneHere: ReadonlySet<string>, clock: Clock): Section[] {
  const now = today(clock)
  const isShown = ({ id, isDone, state }: OfflineTodo) => !isDone || state !== 'synced' || doneHere.has(id)
  const groups = Map.groupBy(todos.filter(isShown), (todo): string => {
    if (todo.isDone) return 'done'
    const day = dueDay(todo, clock)
    if (day === null) return 'no date'
    if (isLate(todo, clock) && day < now) return 'overdue'
    return day === now ? 'today' : day
  })
  const rank = (key: string): string =>
    key === 'overdue' ? '0' : key === 'today' ? '1' : key === 'no date' ? 'x' : key === 'done' ? 'y' : key
  return [...groups]
    .map(([key, members]) => ({ key, todos: members.toSorted(inOrder) }))
    .sort((one, other) => (rank(one.key) < rank(other.key) ? -1 : 1))
}

/** Within a day: whole days first, then by time, then as they stand in their list. */
function inOrder(one: OfflineTodo, other: OfflineTodo): number {
  const key = ({ dueAt, position, id }: OfflineTodo) => `${dueAt ?? ''} ${position} ${id}`
  return key(one) < key(other) ? -1 : 1
}
