import type { Child } from 'hono/jsx'
import { HOME, withQuery } from '../page/local-path'
import { IMPORT } from './import/import-page'
import type { Found } from './read-found'
import { isFiltered } from './todo-view'
import { LISTS, viewAddress } from './view-links'

/** What a view says that shows nothing: why, and what to do. */
export function EmptyView({ found }: { found: Found }) {
  const { view, counts, overdue, reader } = found
  const { t } = reader
  if (view.name === 'today') {
    if (overdue.todos.length > 0) return <Empty text={t.views.nothingMoreToday} />
    if (counts.upcoming > 0) {
      return (
        <Empty text={t.views.nothingToday}>
          <a href={viewAddress('upcoming')}>{t.views.comingUp(counts.upcoming)}</a>
        </Empty>
      )
    }
    if (counts.open > 0) {
      return (
        <Empty text={t.views.nothingToday}>
          <a href={viewAddress('all')}>{t.views.openOnes(counts.open)}</a>
        </Empty>
      )
    }
  }
  if (view.name === 'overdue') return <Empty text={t.views.nothingOverdue} />
  if (view.name === 'upcoming' && counts.open > 0) return <Empty text={t.views.nothingUpcoming} />
  if (isFiltered(view)) return <EmptyFilter found={found} />
  if (view.name === 'done') return <Empty text={t.views.nothingDone} />
  return (
    <Empty text={t.todos.empty}>
      <a href={IMPORT}>{t.import.link}</a>
      <a href={LISTS}>{t.lists.make}</a>
    </Empty>
  )
}

function EmptyFilter({ found: { view, reader } }: { found: Found }) {
  const { t } = reader
  const { name, list, label, q, priority } = view
  const isSearch = q !== '' || priority !== undefined
  if (name === 'all' && list !== undefined && label === '' && !isSearch) return <Empty text={t.views.emptyList} />
  return (
    <Empty text={t.todos.noMatches}>
      <a href={withQuery(HOME, { view: name })}>{t.todos.reset}</a>
    </Empty>
  )
}

function Empty({ text, children }: { text: string; children?: Child }) {
  return (
    <div class="panel empty">
      <p>{text}</p>
      {children && <p class="ways-on">{children}</p>}
    </div>
  )
}
