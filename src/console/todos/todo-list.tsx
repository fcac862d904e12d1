import type { Todo } from '../../todos/schemas'
import { withQuery } from '../page/local-path'
import type { Texts } from '../texts/texts'
import type { Group } from './todo-groups'
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

/** To-dos that belong together, such as those of a day, and what leads to more of them. */
export function TodoGroup({ group, ...setting }: ListSetting & { group: Group }) {
  const { key, heading, count, todos, more } = group
  const { t } = setting.reader
  // A subtask below its parent does not say what it is a part of.
  const here = new Set(todos.map(({ id }) => id))
  const parents = new Map([...setting.parents].filter(([id]) => !here.has(id)))
  return (
    <>
      <section class="group" data-group={key}>
        {heading !== null && (
          <h2>
            {heading}
            {count !== '' && <span class="count"> {count}</span>}
          </h2>
        )}
        <TodoList {...setting} parents={parents} todos={todos} {...(heading !== null && { name: heading })} />
      </section>
      {more !== null && <MoreLink t={t} more={more} />}
    </>
  )
}

/** Leads from a later page to the first one. */
export const FirstLink = ({ t, listPath }: { t: Texts; listPath: string }) => (
  <p class="pages first">
    <a href={withQuery(listPath, { cursor: null })}>{t.firstPage}</a>
  </p>
)

/** Leads to the next page. With the script, its to-dos come below these ones. */
const MoreLink = ({ t, more }: { t: Texts; more: string }) => (
  <p class="pages">
    <a href={more} data-more={t.views.moreFailed}>
      {t.views.more}
    </a>
  </p>
)
