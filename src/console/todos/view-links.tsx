import type { TodoCounts } from '../../todos/counts/schemas'
import type { List } from '../../todos/lists/schemas'
import { HOME, withQuery } from '../page/local-path'
import type { Texts } from '../texts/texts'
import { countInWords } from './read-counts'
import { type TodoView, VIEWS, type ViewName } from './todo-view'

/** The page where lists are made, renamed and put in order. */
export const LISTS = `${HOME}/lists`

/** The address of what is in a list. */
export const listAddress = (id: string): string => withQuery(HOME, { list: id })

export const labelAddress = (label: string): string => withQuery(HOME, { label })

export const viewAddress = (name: ViewName): string => withQuery(HOME, { view: name })

/** So many labels have a link of their own. The others are among the filters. */
const MAX_LINKED_LABELS = 10

interface ViewLinksProps {
  t: Texts
  view: TodoView
  lists: readonly List[]
  counts: TodoCounts
}

/** Links to each view, each list and the labels that are used most, with what is open there. */
export function ViewLinks({ t, view, lists, counts }: ViewLinksProps) {
  const { name, list, label } = view
  const current = (is: boolean) => (is ? 'page' : undefined)
  const isPlain = list === undefined && label === ''
  const openIn = new Map(counts.lists.map(({ listId, open }) => [listId, open]))
  const countOf = viewCounts(counts)
  return (
    <nav aria-label={t.views.label} class="views">
      <ul>
        {VIEWS.map((one) => (
          <li>
            <a href={viewAddress(one)} class={`to-${one}`} aria-current={current(isPlain && placeOf(name) === one)}>
              {t.views[one]} <Count isLate={one === 'today' && counts.overdue > 0}>{countOf[one]}</Count>
            </a>
          </li>
        ))}
      </ul>
      {lists.length > 0 && <h2>{t.lists.title}</h2>}
      <ul>
        {lists.map(({ id, name: listName }) => (
          <li>
            <a href={listAddress(id)} class="to-list" aria-current={current(list === id)}>
              <span dir="auto">{listName}</span> <Count>{countInWords(openIn.get(id) ?? 0, counts)}</Count>
            </a>
          </li>
        ))}
        <li>
          <a href={LISTS} class="manage">
            {lists.length === 0 ? t.lists.make : t.lists.manage}
          </a>
        </li>
      </ul>
      {counts.labels.length > 0 && <h2>{t.todos.labels}</h2>}
      {counts.labels.length > 0 && (
        <ul>
          {counts.labels.slice(0, MAX_LINKED_LABELS).map(({ label: one, open }) => (
            <li>
              <a href={labelAddress(one)} class="to-label" aria-current={current(label === one)}>
                <span dir="auto">{one}</span> <Count>{countInWords(open, counts)}</Count>
              </a>
            </li>
          ))}
        </ul>
      )}
    </nav>
  )
}

/** What is overdue is a part of Today. */
const placeOf = (name: ViewName): ViewName => (name === 'overdue' ? 'today' : name)

/** Today and Upcoming are due first, so they are counted first. */
function viewCounts({
  overdue,
  today,
  upcoming,
  open,
  isComplete,
}: TodoCounts): Record<(typeof VIEWS)[number], string> {
  const dated = { isComplete: true }
  return {
    today: countInWords(overdue + today, dated),
    upcoming: countInWords(upcoming, dated),
    all: countInWords(open, { isComplete }),
    done: '',
  }
}

function Count({ isLate = false, children }: { isLate?: boolean; children: string }) {
  return children === '' ? null : <span class={isLate ? 'count late' : 'count'}>{children}</span>
}
