import type { Todo } from '../../todos/schemas'
import { withQuery } from '../page/local-path'
import type { Texts } from '../texts/texts'
import { type ListSetting, TodoItem } from './todo-item'
import { toBranches } from './todo-tree'

interface TodoListProps extends ListSetting {
  todos: readonly Todo[]
  /** What it is called, if that is not “Your to-dos”. */
  name?: string
}

/** The to-dos in one form. Each button has its own address, which says what it does and to which to-do. */
export function TodoList({ todos, name, ...setting }: TodoListProps) {
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

interface TodoGroupProps extends ListSetting {
  /** Its name for the script, which puts what it loads into the same group. */
  group: string
  /** Without one, the group has no heading. */
  heading: string | null
  todos: readonly Todo[]
}

/** To-dos that belong together, such as those of a day. */
export function TodoGroup({ group, heading, ...list }: TodoGroupProps) {
  return (
    <section class="group" data-group={group}>
      {heading !== null && <h2>{heading}</h2>}
      <TodoList {...list} {...(heading !== null && { name: heading })} />
    </section>
  )
}

interface PageLinkProps {
  t: Texts
  listPath: string
}

/** Leads from a later page to the first one. */
export const FirstLink = ({ t, listPath }: PageLinkProps) => (
  <p class="pages first">
    <a href={withQuery(listPath, { cursor: null })}>{t.firstPage}</a>
  </p>
)

/** Leads to the next page. With the script, its to-dos come below these ones. */
export const MoreLink = ({ t, listPath, nextCursor }: PageLinkProps & { nextCursor: string }) => (
  <p class="pages">
    <a href={withQuery(listPath, { cursor: nextCursor })} data-more={t.views.moreFailed}>
      {t.views.more}
    </a>
  </p>
)
