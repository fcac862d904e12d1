import type { List } from '../../../todos/lists/schemas'
import type { Todo } from '../../../todos/schemas'
import type { Reader } from '../../page/person'
import { namesOf } from '../lists/read-lists'
import { TodoItem } from '../todo-item'
import { readView } from '../todo-view'

interface RowTemplateProps {
  reader: Reader
  todo: Todo
  subtasks: readonly Todo[]
  parent: Todo | null
  lists: readonly List[]
  /** The path and query of the page of the list. */
  listPath: string
}

/** The row of a to-do, which console.js puts into the list behind the panel. */
export function RowTemplate({ todo, subtasks, parent, lists, ...setting }: RowTemplateProps) {
  const [, search] = setting.listPath.split('?')
  const namesLists = parent === null && readView(new URLSearchParams(search)).list === undefined
  return (
    <template class="row">
      <TodoItem
        {...setting}
        todo={todo}
        subtasks={subtasks}
        listNames={namesLists ? namesOf(lists) : new Map()}
        parents={new Map(parent ? [[parent.id, parent.contents]] : [])}
      />
    </template>
  )
}
