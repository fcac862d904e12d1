import type { List } from '../../todos/lists/schemas'
import type { Todo } from '../../todos/schemas'
import type { Reader } from '../page/person'
import { Time } from '../page/time'
import { Due } from './due'
import { namesOf } from './lists/read-lists'
import { repeatInWords } from './repeat-fields'

interface TodoVersionProps {
  reader: Reader
  todo: Todo
  lists: readonly List[]
}

/** A to-do as it is saved now. It stands above the form of a user who edited an older version. */
export function TodoVersion({ reader, todo, lists }: TodoVersionProps) {
  const { t, locale } = reader
  const listName = todo.listId === null ? undefined : namesOf(lists).get(todo.listId)
  return (
    <section class="panel version" aria-labelledby="theirs">
      <h2 id="theirs">{t.todos.theirs}</h2>
      <dl>
        <dt>{t.todos.contents}</dt>
        <dd dir="auto">{todo.contents}</dd>
        {todo.description !== null && (
          <>
            <dt>{t.todos.description}</dt>
            <dd dir="auto">{todo.description}</dd>
          </>
        )}
        <dt>{t.todos.priority}</dt>
        <dd>{t.todos.priorities[todo.priority]}</dd>
        {todo.due !== null && (
          <>
            <dt>{t.todos.due}</dt>
            <dd>
              <Due reader={reader} todo={todo} />
            </dd>
          </>
        )}
        {todo.recurrence !== null && (
          <>
            <dt>{t.todos.repeat}</dt>
            <dd>{repeatInWords(t, todo.recurrence)}</dd>
          </>
        )}
        {listName !== undefined && (
          <>
            <dt>{t.lists.one}</dt>
            <dd dir="auto">{listName}</dd>
          </>
        )}
        {todo.labels.length > 0 && (
          <>
            <dt>{t.todos.labels}</dt>
            <dd>{todo.labels.join(', ')}</dd>
          </>
        )}
        <dt>{t.todos.state}</dt>
        <dd>{todo.isDone ? t.todos.states.done : t.todos.states.open}</dd>
        <dt>{t.todos.changed}</dt>
        <dd>
          <Time locale={locale} at={todo.updatedAt} />
        </dd>
      </dl>
    </section>
  )
}
