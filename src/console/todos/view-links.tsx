import type { List } from '../../todos/lists/schemas'
import { HOME, withQuery } from '../page/local-path'
import type { Texts } from '../texts/texts'
import type { TodoView } from './todo-view'

/** The page where lists are made, renamed and put in order. */
export const LISTS = `${HOME}/lists`

/** The address of what is in a list. */
export const listAddress = (id: string): string => withQuery(HOME, { list: id })

interface ViewLinksProps {
  t: Texts
  view: TodoView
  lists: readonly List[]
}

/** Links to everything, to what is due today, and to each list. */
export function ViewLinks({ t, view: { due, list }, lists }: ViewLinksProps) {
  const current = (is: boolean) => (is ? 'page' : undefined)
  return (
    <nav aria-label={t.lists.views} class="views">
      <a href={HOME} aria-current={current(due === undefined && list === undefined)}>
        {t.lists.all}
      </a>
      <a href={withQuery(HOME, { due: 'today' })} aria-current={current(due === 'today')}>
        {t.lists.today}
      </a>
      {lists.map(({ id, name }) => (
        <a href={listAddress(id)} aria-current={current(list === id)} dir="auto">
          {name}
        </a>
      ))}
      <a href={LISTS} class="manage">
        {lists.length === 0 ? t.lists.make : t.lists.manage}
      </a>
    </nav>
  )
}
