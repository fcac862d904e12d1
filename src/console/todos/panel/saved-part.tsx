import type { List } from '../../../todos/lists/schemas'
import type { Todo } from '../../../todos/schemas'
import type { PageContext } from '../../page/console-env'
import { HOME, localPath } from '../../page/local-path'
import type { PageNotice } from '../../page/notice'
import { renderPart } from '../../page/part'
import { readReader } from '../../page/person'
import type { Refusal } from '../../page/refusal'
import { readSubtasks, readTodo } from '../read-todo'
import { toFields } from '../todo-fields'
import { TodoForm } from '../todo-form'
import { Foot } from './foot'
import { RowTemplate } from './row-template'
import { Subtasks } from './subtasks'

interface Saved {
  todo: Todo
  lists: readonly List[]
  /** Whether the subtasks have changed too. */
  showsSubtasks: boolean
  /** What was typed for a new subtask, and why it was refused. */
  subtask: string
  subtaskRefusal: Refusal | null
  /** What a button of a subtask has done. */
  notice: PageNotice | null
}

/** What has changed in the panel of a to-do that was saved, and its row for the list behind. */
export async function showSaved(c: PageContext, { todo, lists, subtask, subtaskRefusal, notice, ...saved }: Saved) {
  const path = `${HOME}/todos/${todo.id}${new URL(c.req.url).search}`
  const listPath = localPath(c.req.query('to'), c.req.url)
  const showsSubtasks = saved.showsSubtasks || subtaskRefusal !== null
  const [reader, subtasks, parent] = await Promise.all([
    readReader(c),
    showsSubtasks ? readSubtasks(c, todo.id) : [],
    todo.parentId === null ? null : readTodo(c, todo.parentId),
  ])
  return renderPart(
    c,
    <>
      <TodoForm
        reader={reader}
        fields={toFields(todo, reader.zone)}
        refusal={null}
        lists={lists}
        isSubtask={parent !== null}
        path={path}
        actions={null}
      />
      {showsSubtasks && (
        <Subtasks
          reader={reader}
          subtasks={subtasks}
          path={path}
          typed={subtaskRefusal === null ? '' : subtask}
          refusal={subtaskRefusal}
          notice={notice}
          focus={false}
        />
      )}
      <Foot reader={reader} todo={todo} listPath={listPath} />
      <RowTemplate reader={reader} todo={todo} subtasks={subtasks} parent={parent} lists={lists} listPath={listPath} />
    </>,
    subtaskRefusal,
  )
}
