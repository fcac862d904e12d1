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

/** The to-dos with these ids that are there: up to 100, in one request. */
export async function readTodos(c: PageContext, ids: readonly string[]): Promise<Map<string, Todo>> {
  if (ids.length === 0) return new Map()
  const answer = await c.var.api.todos.$get({ query: { ids: ids.join(), limit: '100' } })
  if (answer.status !== 200) throw await toAppError(answer)
  return new Map((await answer.json()).todos.map((todo) => [todo.id, todo]))
}

export async function readSubtasks(c: PageContext, parentId: string): Promise<Todo[]> {
  const answer = await c.var.api.todos.$get({ query: { parentId, sort: 'position', limit: '100' } })
  if (answer.status !== 200) throw await toAppError(answer)
  return (await answer.json()).todos
}

/** The contents of the parents that a page names, by their ids. Those that are not on the page are read at once. */
export async function readParents(c: PageContext, todos: readonly Todo[]): Promise<Map<string, string>> {
  const absent = (await readTodos(c, absentParents(todos))).values()
  return new Map([...todos, ...absent].map(({ id, contents }) => [id, contents]))
}
