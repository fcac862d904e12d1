import type { Todo } from '../../todos/schemas'
import type { PageContext } from '../page/console-env'
import { toAppError } from '../page/refusal'
import { absentParents } from './todo-tree'

/** A to-do, or null if it is not there. */
export async function readTodo(c: PageContext, id: string): Promise<Todo | null> {
  const answer = await c.var.api.todos[':id'].$get({ param: { id } })
  if (answer.status === 404) return null
  if (answer.status !== 200) throw await toAppError(answer)
  return answer.json()
}

/** The to-dos with these ids that are there. */
export async function readTodos(c: PageContext, ids: readonly string[]): Promise<Map<string, Todo>> {
  const found = await Promise.all(ids.map((id) => readTodo(c, id)))
  return new Map(found.flatMap((todo) => (todo ? [[todo.id, todo] as const] : [])))
}

export async function readSubtasks(c: PageContext, parentId: string): Promise<Todo[]> {
  const answer = await c.var.api.todos.$get({ query: { parentId, sort: 'position', limit: '100' } })
  if (answer.status !== 200) throw await toAppError(answer)
  return (await answer.json()).todos
}

/** The contents of the parents that a page names without having them. */
export async function readParents(c: PageContext, todos: readonly Todo[]): Promise<Map<string, string>> {
  const parents = await Promise.all(absentParents(todos).map((id) => readTodo(c, id)))
  return new Map(parents.flatMap((parent) => (parent ? [[parent.id, parent.contents] as const] : [])))
}
