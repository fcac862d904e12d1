import { AppError } from '../../errors'
import { readDueAt } from '../account/read-second-factor'
import { SetUpBanner } from '../account/second-factor-overview'
import type { PageContext } from '../page/console-env'
import { renderPage } from '../page/layout'
import { withQuery } from '../page/local-path'
import { Notice, takeNotice } from '../page/notice'
import { renderPart, wantsPart } from '../page/part'
import { AddForm, NOTHING_TYPED, type Typed } from './adding/add-form'
import { BulkBar, isPicking, SelectLink } from './bulk/bulk-bar'
import { EmptyView } from './empty-view'
import { KeysSheet } from './keys-sheet'
import { FilterForm } from './list-controls'
import { namesOf } from './lists/read-lists'
import { type Found, readFound } from './read-found'
import { readParents } from './read-todo'
import { RowWords } from './row-words'
import { groupsOf } from './todo-groups'
import type { ListSetting } from './todo-item'
import { FirstLink, TodoGroup } from './todo-list'
import { hasFilters, readView, withView } from './todo-view'
import { UndoForm } from './undo-form'
import { ViewLinks } from './view-links'
import { ZoneOffer } from './zone-offer'

/** @throws {AppError} `not_found` if the address names a list that is not there */
function titleOf({ reader: { t }, view: { name, list, label }, lists }: Found): string {
  if (!hasFilters({ name }) || (list === undefined && label === '')) return t.views[name]
  if (list === undefined) return `#${label}`
  if (list === 'none') return t.lists.none
  const listName = namesOf(lists).get(list)
  if (listName === undefined) throw new AppError('not_found')
  return listName
}

/** Shows the list whose path and query are `asked`, with the form that adds a to-do above it. */
export async function showList(c: PageContext, asked: string, typed: Typed = NOTHING_TYPED) {
  const { locale, t } = c.var
  const view = readView(new URL(asked, c.req.url).searchParams)
  const [found, dueAt] = await Promise.all([readFound(c, view), readDueAt(c)])
  const { reader, lists, counts } = found
  const title = titleOf(found)
  // The page stays Today when nothing is due any more.
  const listPath = view.name === undefined && found.view.name === 'today' ? withQuery(asked, { view: 'today' }) : asked
  const parents = await readParents(c, [...found.overdue.todos, ...found.shown.todos])
  const listNames = view.list === undefined ? namesOf(lists) : new Map<string, string>()
  const links = <ViewLinks t={t} view={found.view} lists={lists} counts={counts} />
  const todos = <Todos found={found} setting={{ reader, listPath, listNames, parents }} />
  if (wantsPart(c)) {
    return renderPart(
      c,
      <>
        {links}
        {todos}
      </>,
      typed.refusal,
    )
  }
  const notice = takeNotice(c)
  const takesMore = found.view.name !== 'done' && found.view.name !== 'overdue'
  return renderPage(
    c,
    { title, section: 'todos', refusal: typed.refusal },
    <>
      <h1 dir="auto">{title}</h1>
      <Notice t={t} notice={notice}>
        <UndoForm t={t} notice={notice} listPath={listPath} />
      </Notice>
      <SetUpBanner t={t} locale={locale} dueAt={dueAt} />
      {!reader.hasZone && <ZoneOffer t={t} listPath={listPath} />}
      {links}
      {takesMore && <AddForm reader={reader} listPath={listPath} typed={typed} focus={notice?.name === 'added'} />}
      <RowWords t={t} />
      {hasFilters(found.view) && <FilterForm t={t} view={found.view} counts={counts} listPath={listPath} />}
      <SelectLink t={t} listPath={listPath} />
      {todos}
      {found.view.name === 'all' && <DoneSection found={found} listPath={listPath} />}
      <BulkBar t={t} lists={lists} listPath={listPath} />
      <KeysSheet t={t} />
    </>,
  )
}

function Todos({ found, setting }: { found: Found; setting: ListSetting }) {
  const { view, shown } = found
  const { listPath, reader } = setting
  return (
    <div id="todos" class={isPicking(listPath) ? 'picking' : undefined} data-address={listPath}>
      {view.cursor !== '' && <FirstLink t={reader.t} listPath={listPath} />}
      {groupsOf(found, listPath).map((group) => (
        <TodoGroup {...setting} group={group} />
      ))}
      {shown.todos.length === 0 && <EmptyView found={found} />}
    </div>
  )
}

/** What is done in the same list. It is shown when it is opened; without the script, on a page of its own. */
function DoneSection({ found, listPath }: { found: Found; listPath: string }) {
  const { t } = found.reader
  return (
    <details class="done-section">
      <summary>{t.views.done}</summary>
      <div class="done-todos">
        <a href={withView(listPath, 'done')}>{t.views.showDone}</a>
      </div>
    </details>
  )
}
