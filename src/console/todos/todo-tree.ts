import type { Todo } from '../../todos/schemas'

/** A to-do of a page with those of its subtasks that are on the page too. */
export interface Branch {
  todo: Todo
  subtasks: Todo[]
}

const byPosition = (one: Todo, other: Todo): number =>
  one.position === other.position ? (one.id < other.id ? -1 : 1) : one.position < other.position ? -1 : 1

/** Puts subtasks under their parents, in the order of their positions. One whose parent is on another page stands where it was. */
export function toBranches(todos: readonly Todo[]): Branch[] {
  const ids = new Set(todos.map(({ id }) => id))
  const isUnder = ({ parentId }: Todo) => parentId !== null && ids.has(parentId)
  const subtasksOf = Map.groupBy(todos.filter(isUnder), ({ parentId }) => parentId)
  return todos
    .filter((todo) => !isUnder(todo))
    .map((todo) => ({ todo, subtasks: (subtasksOf.get(todo.id) ?? []).toSorted(byPosition) }))
}

/** The parents that are named on a page without being on it, each once. */
export function absentParents(todos: readonly Todo[]): string[] {
  const ids = new Set(todos.map(({ id }) => id))
  return [...new Set(todos.flatMap(({ parentId }) => (parentId !== null && !ids.has(parentId) ? parentId : [])))]
}
