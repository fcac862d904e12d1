import type { Todo } from '../../todos/schemas'
import { HOME, withQuery } from '../page/local-path'
import type { Reader } from '../page/person'
import { dayAt, dayHeading } from './day-words'
import { dueDayOf } from './due'
import { countInWords } from './read-counts'
import type { Found } from './read-found'

/** To-dos under a heading. */
export interface Group {
  /** Its name for the script, which puts what it loads into the same group. */
  key: string
  /** Null for the one group of a list that has no others. */
  heading: string | null
  /** How many there are in all, in words. */
  count: string
  todos: Todo[]
  /** Where more of them are. */
  more: string | null
}

/** The to-dos of a page as they stand under one another. A group without any is left out. */
export function groupsOf(found: Found, listPath: string): Group[] {
  const { shown, overdue } = found
  const more = shown.nextCursor === null ? null : withQuery(listPath, { cursor: shown.nextCursor })
  const moreOverdue =
    overdue.nextCursor === null ? null : withQuery(HOME, { view: 'overdue', cursor: overdue.nextCursor })
  const groups = [{ ...overdueGroup(found, overdue.todos), more: moreOverdue }, ...shownGroups(found)]
  const last = groups.at(-1)
  if (last && shown.todos.length > 0) last.more = more
  return groups.filter(({ todos }) => todos.length > 0)
}

/** What is shown beside what is overdue, if that is shown too. */
function shownGroups({ reader, view, shown, counts }: Found): Group[] {
  const { todos } = shown
  const { t } = reader
  switch (view.name) {
    case 'overdue':
      return [overdueGroup({ reader, counts }, todos)]
    case 'today':
      return [{ key: 'today', heading: t.views.today, count: countInWords(counts.today, WHOLE), todos, more: null }]
    case 'upcoming':
      return byDay(reader, todos, (todo) => dueDayOf(reader, todo)).toSorted((a, b) => (a.key < b.key ? -1 : 1))
    case 'done':
      return byDay(reader, todos, ({ completedAt }) => completedAt && dayAt(reader.zone, Date.parse(completedAt)))
    case 'all':
      return [{ key: 'all', heading: null, count: '', todos, more: null }]
  }
}

/** What is due first is counted first, so these counts are whole unless they are very many. */
const WHOLE = { isComplete: true }

const overdueGroup = ({ reader: { t }, counts }: Pick<Found, 'reader' | 'counts'>, todos: Todo[]): Group => ({
  key: 'overdue',
  heading: t.views.overdue,
  count: countInWords(counts.overdue, WHOLE),
  todos,
  more: null,
})

function byDay(reader: Reader, todos: Todo[], dayOf: (todo: Todo) => string | null): Group[] {
  const days = Map.groupBy(todos, (todo) => dayOf(todo) ?? '')
  return [...days].map(([day, some]) => ({
    key: day,
    heading: dayHeading(reader, day),
    count: '',
    todos: some,
    more: null,
  }))
}
