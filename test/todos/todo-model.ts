import { isoTime } from '../../src/lib/time'
import { defaultPosition } from '../../src/todos/position'
import { PRIORITIES, type Todo, type TodoFilter, type TodoInput } from '../../src/todos/schemas'

/*
 * A model of one user's to-dos, in memory: what each operation changes, and what a list shows.
 */

/** To-dos by id. Deleted ones are kept, because they can be restored. */
export type TodoModel = Map<string, { todo: Todo; isDeleted: boolean }>

/** A change of one to-do. `toggle` deletes or restores it. An update of a missing to-do puts it. */
export interface Step {
  kind: 'put' | 'update' | 'toggle'
  id: string
  input: Partial<TodoInput>
}

const EMPTY = {
  contents: 'x',
  description: null,
  priority: 'none',
  isDone: false,
  labels: [],
  due: null,
  dueAt: null,
  recurrence: null,
  parentId: null,
  listId: null,
} as const

/** What an input makes of a to-do. It names due dates by `dueAt` only. */
const shown = ({ due: _, position, dueAt, ...others }: Partial<TodoInput>): Partial<Todo> => ({
  ...others,
  ...(position && { position }),
  ...(dueAt !== undefined && { dueAt, due: dueAt && `${dueAt.replace(/(?:\.000)?Z$/, '')}[UTC]` }),
})

/** Changes the model. Answers with the operations that do the same in a batch: one or none. */
export function take(model: TodoModel, { kind, id, input: typed }: Step, nowMs: number): object[] {
  const input = shown(typed)
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
    const createdAt = old?.createdAt ?? now
    const todo = { ...EMPTY, labels: [], position: defaultPosition(Date.parse(createdAt)), ...input }
    const completedAt = todo.isDone ? (old?.completedAt ?? now) : null
    if (!old || changes(old, todo)) set({ id, ...todo, completedAt, createdAt, updatedAt: now, version })
    return [{ op: 'put', id, todo: { contents: 'x', ...typed } }]
  }
  if (changes(old, input)) {
    const isDone = input.isDone ?? old.isDone
    set({ ...old, ...input, completedAt: isDone ? (old.completedAt ?? now) : null, updatedAt: now, version })
  }
  return [{ op: 'update', id, patch: typed }]
}

/** Whether the input has a field that is not as it was. */
const changes = (todo: Todo, input: Partial<Todo>): boolean =>
  Object.entries(input).some(([name, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(todo, name)))

/** The value that a list is sorted by. */
export function sortKey(
  { dueAt, priority, createdAt, updatedAt, completedAt }: Todo,
  sort: TodoFilter['sort'],
): number {
  if (sort === 'priority') return PRIORITIES.indexOf(priority)
  if (sort === 'dueAt') return dueAt === null ? Number.POSITIVE_INFINITY : Date.parse(dueAt)
  if (sort === 'completedAt') return completedAt === null ? Number.POSITIVE_INFINITY : Date.parse(completedAt)
  return Date.parse(sort === 'createdAt' ? createdAt : updatedAt)
}

/** Negative if `one` comes before `other` in the list. To-dos without a due date, or open ones by `completedAt`, come last in either order. */
export function compareTodos(one: Todo, other: Todo, { sort, order }: TodoFilter): number {
  if (sort === 'dueAt' && (one.dueAt === null) !== (other.dueAt === null)) return one.dueAt === null ? 1 : -1
  if (sort === 'completedAt' && one.isDone !== other.isDone) return one.isDone ? -1 : 1
  const [a, b] = [sortKey(one, sort), sortKey(other, sort)]
  const ascending = a === b ? (one.id < other.id ? -1 : 1) : a < b ? -1 : 1
  return one.id === other.id && a === b ? 0 : order === 'ASC' ? ascending : -ascending
}

function matches(todo: Todo, { isDone, priority, label, dueBefore, dueAfter, hasDueDate, q }: TodoFilter): boolean {
  const due = todo.dueAt === null ? Number.NaN : Date.parse(todo.dueAt)
  const texts = [todo.contents, todo.description ?? ''].map((text) => text.toLowerCase())
  return (
    (isDone === undefined || todo.isDone === isDone) &&
    (priority === undefined || todo.priority === priority) &&
    (label === undefined || todo.labels.includes(label)) &&
    (dueBefore === undefined || due < Date.parse(dueBefore)) &&
    (dueAfter === undefined || due >= Date.parse(dueAfter)) &&
    (hasDueDate === undefined || hasDueDate === (todo.dueAt !== null)) &&
    (q === undefined || texts.some((text) => text.includes(q.toLowerCase())))
  )
}

/** The whole list, without pages. */
export const listOf = (model: TodoModel, filter: TodoFilter): Todo[] =>
  [...model.values()]
    .flatMap(({ todo, isDeleted }) => (!isDeleted && matches(todo, filter) ? [todo] : []))
    .toSorted((one, other) => compareTodos(one, other, filter))
