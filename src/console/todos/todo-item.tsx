import type { Locale } from '../../locale'
import type { Todo } from '../../todos/schemas'
import { todoTag } from '../../todos/todo'
import { HOME, withQuery } from '../page/local-path'
import { Time } from '../page/time'
import type { Texts } from '../texts/texts'

/** The names of buttons, which screen readers read aloud, have at most this many characters of the to-do. */
const MAX_BUTTON_NAME_LENGTH = 60

interface TodoItemProps {
  t: Texts
  locale: Locale
  /** The path and query of the list. */
  listPath: string
  todo: Todo
  now: number
}

/** One to-do of a list: a button that completes it, a link to its page, and a button that deletes it. */
export function TodoItem({ t, locale, listPath, todo, now }: TodoItemProps) {
  const { id, contents, isDone } = todo
  const path = `${HOME}/todos/${id}`
  const buttonName = contents.slice(0, MAX_BUTTON_NAME_LENGTH).toWellFormed()
  return (
    <li id={`t${id}`} class={isDone ? 'done' : undefined}>
      <button
        type="submit"
        class="toggle"
        formaction={`${path}/done`}
        name="isDone"
        value={String(!isDone)}
        aria-label={isDone ? t.todos.reopen(buttonName) : t.todos.complete(buttonName)}
      />
      <a href={withQuery(path, { to: listPath === HOME ? null : listPath })}>
        <span class="contents" dir="auto">
          {contents}
        </span>
        <Details t={t} locale={locale} todo={todo} now={now} />
      </a>
      <button
        type="submit"
        class="remove"
        formaction={`${path}/delete`}
        name="etag"
        value={todoTag(todo)}
        aria-label={t.todos.deleteNamed(buttonName)}
      />
    </li>
  )
}

/** The priority, due date and labels of a to-do, if it has any. */
function Details({ t, locale, todo, now }: Omit<TodoItemProps, 'listPath'>) {
  const { isDone, priority, labels, dueAt } = todo
  if (priority === 'none' && dueAt === null && labels.length === 0) return null
  const isLate = dueAt !== null && !isDone && Date.parse(dueAt) < now
  return (
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
  )
}
