import type { Locale } from '../../locale'
import type { Todo } from '../../todos/schemas'
import { Time } from '../page/time'
import type { Texts } from '../texts/texts'

/** A to-do as it is saved now. It stands above the form of a user who edited an older version. */
export function TodoVersion({ t, locale, todo }: { t: Texts; locale: Locale; todo: Todo }) {
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
        {todo.dueAt !== null && (
          <>
            <dt>{t.todos.due}</dt>
            <dd>
              <Time locale={locale} at={todo.dueAt} />
            </dd>
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
