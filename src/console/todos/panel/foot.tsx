import type { Todo } from '../../../todos/schemas'
import { todoTag } from '../../../todos/todo'
import { HOME } from '../../page/local-path'
import type { Reader } from '../../page/person'
import { Time } from '../../page/time'

interface FootProps {
  reader: Reader
  todo: Todo
  /** The path and query of the page of the list. */
  listPath: string
}

/** Below the form: when the to-do was made and changed, and the button that deletes it. */
export function Foot({ reader: { t, locale }, todo, listPath }: FootProps) {
  return (
    <section class="panel-foot" aria-label={t.panel.facts}>
      <dl class="facts">
        <dt>{t.panel.created}</dt>
        <dd>
          <Time locale={locale} at={todo.createdAt} />
        </dd>
        <dt>{t.todos.changed}</dt>
        <dd>
          <Time locale={locale} at={todo.updatedAt} />
        </dd>
      </dl>
      <form method="post" action={`${HOME}/todos/${todo.id}/delete`} class="aside">
        <input type="hidden" name="to" value={listPath} />
        <button type="submit" class="quiet danger" name="etag" value={todoTag(todo)}>
          {t.todos.delete}
        </button>
      </form>
    </section>
  )
}
