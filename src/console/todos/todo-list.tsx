import type { Todo } from '../../todos/schemas'
import { type ListSetting, TodoItem } from './todo-item'
import { toBranches } from './todo-tree'

interface TodoListProps extends ListSetting {
  todos: readonly Todo[]
  /** What it says if there are none. */
  empty: string
  /** What it is called, if that is not “Your to-dos”. */
  name?: string
}

/** The to-dos in one form. Each button has its own address, which says what it does and to which to-do. */
export function TodoList({ todos, empty, name, ...setting }: TodoListProps) {
  if (todos.length === 0) return <p class="panel empty">{empty}</p>
  return (
    <form method="post" autocomplete="off" aria-label={name ?? setting.reader.t.todos.list}>
      <input type="hidden" name="to" value={setting.listPath} />
      <ul class="panel list">
        {toBranches(todos).map(({ todo, subtasks }) => (
          <TodoItem {...setting} todo={todo} subtasks={subtasks} />
        ))}
      </ul>
    </form>
  )
}
