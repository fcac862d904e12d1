import { AppError } from '../../errors'
import type { List } from '../../todos/lists/schemas'
import type { Todo } from '../../todos/schemas'
import { readDueAt } from '../account/read-second-factor'
import { SetUpBanner } from '../account/second-factor-overview'
import type { PageContext } from '../page/console-env'
import { renderPage } from '../page/layout'
import { HOME, withQuery } from '../page/local-path'
import { Notice, takeNotice } from '../page/notice'
import { renderPart, wantsPart } from '../page/part'
import { type Reader, readReader } from '../page/person'
import { toAppError } from '../page/refusal'
import type { Texts } from '../texts/texts'
import { AddForm, NOTHING_TYPED, type Typed } from './adding/add-form'
import { BulkBar, isPicking, SelectLink } from './bulk/bulk-bar'
import { todayOf } from './due'
import { IMPORT } from './import/import-page'
import { KeysSheet } from './keys-sheet'
import { FilterForm, StateLinks } from './list-controls'
import { namesOf, readLists } from './lists/read-lists'
import { readParents } from './read-todo'
import { RowWords } from './row-words'
import type { ListSetting } from './todo-item'
import { FirstLink, MoreLink, TodoGroup } from './todo-list'
import { isFiltered, readView, type TodoView, toApiQuery, toDueQuery } from './todo-view'
import { UndoForm } from './undo-form'
import { ViewLinks } from './view-links'

interface Page {
  todos: Todo[]
  nextCursor: string | null
}

type Query = ReturnType<typeof toApiQuery> | ReturnType<typeof toDueQuery>

async function readPage(c: PageContext, query: Query): Promise<Page> {
  const answer = await c.var.api.todos.$get({ query })
  if (answer.status !== 200) throw await toAppError(answer)
  return answer.json()
}

/** The address of all that is overdue. */
const OVERDUE = withQuery(HOME, { due: 'overdue' })

const NOTHING: Page = { todos: [], nextCursor: null }

/** What a page shows: to-dos, and above them those that are overdue, on the first page of what is due today. */
interface Found {
  reader: Reader
  shown: Page
  overdue: Page
}

async function readFound(c: PageContext, view: TodoView): Promise<Found> {
  const { due, cursor } = view
  if (due === undefined) {
    const [shown, reader] = await Promise.all([readPage(c, toApiQuery(view)), readReader(c)])
    return { reader, shown, overdue: NOTHING }
  }
  // Which day it is depends on the zone of the person.
  const reader = await readReader(c)
  const here = { timeZone: reader.zone, today: todayOf(reader.zone, reader.now) }
  const [shown, overdue] = await Promise.all([
    readPage(c, toDueQuery(due, { ...here, cursor })),
    due === 'today' && cursor === '' ? readPage(c, toDueQuery('overdue', { ...here, cursor: '' })) : NOTHING,
  ])
  return { reader, shown, overdue }
}

/** @throws {AppError} `not_found` if the address names a list that is not there */
function titleOf(t: Texts, { due, list }: TodoView, lists: readonly List[]): string {
  if (due !== undefined) return due === 'today' ? t.lists.today : t.lists.overdue
  if (list === undefined) return t.todos.title
  if (list === 'none') return t.lists.none
  const name = namesOf(lists).get(list)
  if (name === undefined) throw new AppError('not_found')
  return name
}

/** Shows the list whose path and query are `listPath`, with the form that adds a to-do above it. */
export async function showList(c: PageContext, listPath: string, typed: Typed = NOTHING_TYPED) {
  const { locale, t } = c.var
  const view = readView(new URL(listPath, c.req.url).searchParams)
  const [found, lists, dueAt] = await Promise.all([readFound(c, view), readLists(c), readDueAt(c)])
  const title = titleOf(t, view, lists)
  const parents = await readParents(c, [...found.overdue.todos, ...found.shown.todos])
  const listNames = view.list === undefined ? namesOf(lists) : new Map<string, string>()
  const todos = <Todos view={view} found={found} setting={{ reader: found.reader, listPath, listNames, parents }} />
  if (wantsPart(c)) return renderPart(c, todos, typed.refusal)
  const notice = takeNotice(c)
  return renderPage(
    c,
    { title, section: 'todos', refusal: typed.refusal },
    <>
      <h1 dir="auto">{title}</h1>
      <Notice t={t} notice={notice}>
        <UndoForm t={t} notice={notice} listPath={listPath} />
      </Notice>
      <SetUpBanner t={t} locale={locale} dueAt={dueAt} />
      <ViewLinks t={t} view={view} lists={lists} />
      {view.due !== 'overdue' && (
        <AddForm reader={found.reader} listPath={listPath} typed={typed} focus={notice?.name === 'added'} />
      )}
      <RowWords t={t} />
      {view.due === undefined && (
        <>
          <StateLinks t={t} view={view} listPath={listPath} />
          <FilterForm t={t} view={view} />
        </>
      )}
      <SelectLink t={t} listPath={listPath} />
      {todos}
      <BulkBar t={t} lists={lists} listPath={listPath} />
      <KeysSheet t={t} />
    </>,
  )
}

function Todos({ view, found, setting }: { view: TodoView; found: Found; setting: ListSetting }) {
  const { shown, overdue } = found
  const { listPath, reader } = setting
  const { t } = reader
  const dated = view.due === undefined ? null : t.lists[view.due]
  const emptyPage = shown.todos.length === 0 && <p class="panel empty">{emptyText(t, view)}</p>
  const group = view.due ?? 'all'
  return (
    <div id="todos" class={isPicking(listPath) ? 'picking' : undefined} data-address={listPath}>
      {view.cursor !== '' && <FirstLink t={t} listPath={listPath} />}
      {overdue.todos.length > 0 && (
        <TodoGroup {...setting} group="overdue" heading={t.lists.overdue} todos={overdue.todos} />
      )}
      {overdue.nextCursor !== null && <MoreLink t={t} listPath={OVERDUE} nextCursor={overdue.nextCursor} />}
      {emptyPage || <TodoGroup {...setting} group={group} heading={dated} todos={shown.todos} />}
      {shown.nextCursor !== null && <MoreLink t={t} listPath={listPath} nextCursor={shown.nextCursor} />}
      {shown.todos.length === 0 && !isFiltered(view) && (
        <p>
          <a href={IMPORT}>{t.import.link}</a>
        </p>
      )}
    </div>
  )
}

function emptyText(t: Texts, view: TodoView): string {
  if (view.due === 'today') return t.lists.nothingToday
  return isFiltered(view) ? t.todos.noMatches : t.todos.empty
}
