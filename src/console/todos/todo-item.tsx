import type { Locale } from '../../locale'
import type { Todo } from '../../todos/schemas'
import { todoTag } from '../../todos/todo'
import { HOME, withQuery } from '../page/local-path'
import { Time } from '../page/time'
import type { Texts } from '../texts/texts'

/** Of what a button is said to do, read aloud. */
const MAX_NAME_LENGTH = 60

/** One to-do: a button that completes it, a link to all of it, and a button that deletes it. */
export function TodoItem({
  t,
  locale,
  here,
  todo,
  now,
}: {
  t: Texts
  locale: Locale
  here: string
  todo: Todo
  now: number
}) {
  const { id, contents, isDone, priority, labels, dueAt } = todo
  const path = `${HOME}/todos/${id}`
  const name = contents.slice(0, MAX_NAME_LENGTH).toWellFormed()
  const isLate = dueAt !== null && !isDone && Date.parse(dueAt) < now
  return (
    <li id={`t${id}`} class={isDone ? 'done' : undefined}>
      <button
        type="submit"
        class="toggle"
        formaction={`${path}/done`}
        name="isDone"
        value={String(!isDone)}
        aria-label={isDone ? t.todos.reopen(name) : t.todos.complete(name)}
      />
      <a href={withQuery(path, { to: here === HOME ? null : here })}>
        <span class="contents" dir="auto">
          {contents}
        </span>
        {(priority !== 'none' || dueAt !== null || labels.length > 0) && (
          <span class="meta">
            {priority !== 'none' && (
              <span class={priority === 'urgent' ? 'urgent' : undefined}>{t.todos.priorities[priority]}</span>
            )}
            {dueAt !== null && (
              <span class={isLate ? 'late' : undefined}>
                {t.todos.due} <Time locale={locale} at={dueAt} />
              </span>
            )}
            {labels.map((label) => (
              <span>#{label}</span>
            ))}
          </span>
        )}
      </a>
      <button
        type="submit"
        class="remove"
        formaction={`${path}/delete`}
        name="etag"
        value={todoTag(todo)}
        aria-label={t.todos.deleteNamed(name)}
      />
    </li>
  )
}
