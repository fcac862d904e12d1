import { isoTime } from '../../src/lib/time'
import { PRIORITIES, type Todo, type TodoFilter, type TodoInput } from '../../src/todos/schemas'

/*
 * One user's to-dos as they should be, in memory: what each operation makes of them, and what a list of them shows.
 */

/** By id; what is deleted is kept, as it can be restored. */
export type TodoModel = Map<string, { todo: Todo; isDeleted: boolean }>

/** What happens to one to-do. `toggle` deletes it or restores it; what is not there is put. */
export interface Step {
  kind: 'put' | 'update' | 'toggle'
  id: string
  input: Partial<TodoInput>
}

const EMPTY: TodoInput = { contents: 'x', description: null, priority: 'none', isDone: false, labels: [], dueAt: null }

/** Takes a step in the model. Answers with what does the same in a batch: one operation or none. */
export function take(model: TodoModel, { kind, id, input }: Step, nowMs: number): object[] {
  const before = model.get(id)
  const now = isoTime(nowMs)
  const version = 1 + (before?.todo.version ?? 0)
  const set = (todo: Todo, isDeleted = false) => model.set(id, { todo, isDeleted })
  if (kind === 'toggle') {
    if (!before) return []
    set({ ...before.todo, updatedAt: now, version }, !before.isDeleted)
    return [{ op: before.isDeleted ? 'restore' : 'delete', id }]
  }
  const old = before && !before.isDeleted ? before.todo : null
  if (kind === 'put' || !old) {
    const todo = { ...EMPTY, ...input }
    const completedAt = todo.isDone ? (old?.completedAt ?? now) : null
    set({ id, ...todo, completedAt, createdAt: old?.createdAt ?? now, updatedAt: now, version })
    return [{ op: 'put', id, todo }]
  }
  if (Object.keys(input).length > 0) {
    const isDone = input.isDone ?? old.isDone
    set({ ...old, ...input, completedAt: isDone ? (old.completedAt ?? now) : null, updatedAt: now, version })
  }
  return [{ op: 'update', id, patch: input }]
}

/** What a list goes by. */
export function sortKey({ dueAt, priority, createdAt, updatedAt }: Todo, sort: TodoFilter['sort']): number {
  if (sort === 'priority') return PRIORITIES.indexOf(priority)
  if (sort === 'dueAt') return dueAt === null ? Number.POSITIVE_INFINITY : Date.parse(dueAt)
  return Date.parse(sort === 'createdAt' ? createdAt : updatedAt)
}

/** Below zero where the list has `one` before `other`. */
export function compareTodos(one: Todo, other: Todo, { sort, order }: TodoFilter): number {
  const [a, b] = [sortKey(one, sort), sortKey(other, sort)]
  const ascending = a === b ? (one.id < other.id ? -1 : 1) : a < b ? -1 : 1
  return one.id === other.id && a === b ? 0 : order === 'ASC' ? ascending : -ascending
}

function matches(todo: Todo, { isDone, priority, label, dueBefore, dueAfter, q }: TodoFilter): boolean {
  const due = todo.dueAt === null ? Number.NaN : Date.parse(todo.dueAt)
  const texts = [todo.contents, todo.description ?? ''].map((text) => text.toLowerCase())
  return (
    (isDone === undefined || todo.isDone === isDone) &&
    (priority === undefined || todo.priority === priority) &&
    (label === undefined || todo.labels.includes(label)) &&
    (dueBefore === undefined || due < Date.parse(dueBefore)) &&
    (dueAfter === undefined || due > Date.parse(dueAfter)) &&
    (q === undefined || texts.some((text) => text.includes(q.toLowerCase())))
  )
}

/** The whole list. */
export const listOf = (model: TodoModel, filter: TodoFilter): Todo[] =>
  [...model.values()]
    .flatMap(({ todo, isDeleted }) => (!isDeleted && matches(todo, filter) ? [todo] : []))
    .toSorted((one, other) => compareTodos(one, other, filter))
