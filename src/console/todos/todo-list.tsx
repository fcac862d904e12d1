import type { Locale } from '../../locale'
import { PRIORITIES, type Todo } from '../../todos/schemas'
import { Input, RefusalMessage } from '../page/fields'
import { HOME, withQuery } from '../page/local-path'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'
import { TodoItem } from './todo-item'
import { isFiltered, SORTS, STATES, type TodoView } from './todo-view'

interface ListProps {
  t: Texts
  view: TodoView
  /** The path and query of the list. */
  listPath: string
}

/** Restores a to-do that was just deleted. */
export function UndoForm({ t, id, listPath }: Pick<ListProps, 't' | 'listPath'> & { id: string }) {
  return (
    <form method="post" action={`${HOME}/todos/${encodeURIComponent(id)}/restore`}>
      <input type="hidden" name="to" value={listPath} />
      <button type="submit" class="second">
        {t.todos.undo}
      </button>
    </form>
  )
}

interface AddFormProps extends Pick<ListProps, 't' | 'listPath'> {
  /** What was typed into a form that was refused. */
  contents: string
  refusal: Refusal | null
  /** Whether the field gets the focus. */
  focus: boolean
}

/** Adds a to-do. `key` makes sure that a form that is sent twice adds one to-do. */
export function AddForm({ t, listPath, contents, refusal, focus }: AddFormProps) {
  return (
    <>
      <RefusalMessage t={t} refusal={refusal} />
      <form method="post" action={`${HOME}/todos`} class="add" autocomplete="off">
        <input type="hidden" name="to" value={listPath} />
        <input type="hidden" name="key" value={crypto.randomUUID()} />
        <Input
          t={t}
          name="contents"
          label={t.todos.new}
          refusal={refusal}
          value={contents}
          maxlength={500}
          required
          enterkeyhint="done"
          data-focus={focus || undefined}
        />
        <button type="submit">{t.todos.add}</button>
      </form>
    </>
  )
}

/** Links to all, open and done to-dos. */
export function StateLinks({ t, view, listPath }: ListProps) {
  return (
    <nav aria-label={t.todos.show} class="states">
      {STATES.map((state) => (
        <a
          href={withQuery(listPath, { state: state === 'all' ? null : state, cursor: null })}
          aria-current={view.state === state ? 'page' : undefined}
        >
          {t.todos.states[state]}
        </a>
      ))}
    </nav>
  )
}

/** Searches, filters and sorts. The form is sent with GET, so that the address says what the list shows. */
export function FilterForm({ t, view }: Omit<ListProps, 'listPath'>) {
  const { q, priority, label, sort, state } = view
  return (
    <details class="panel" open={q !== '' || priority !== undefined || label !== '' || sort !== SORTS[0]}>
      <summary>{t.todos.filters}</summary>
      <form action={HOME} class="filters">
        {state !== 'all' && <input type="hidden" name="state" value={state} />}
        <div class="field wide">
          <label for="q">{t.todos.search}</label>
          <input id="q" name="q" type="search" value={q} maxlength={200} />
        </div>
        <div class="field">
          <label for="priority">{t.todos.priority}</label>
          <select id="priority" name="priority">
            <option value="">{t.todos.anyPriority}</option>
            {PRIORITIES.map((option) => (
              <option value={option} selected={option === priority}>
                {t.todos.priorities[option]}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="label">{t.todos.label}</label>
          <input id="label" name="label" type="text" value={label} maxlength={50} />
        </div>
        <div class="field">
          <label for="sort">{t.todos.sort}</label>
          <select id="sort" name="sort">
            {SORTS.map((option) => (
              <option value={option} selected={option === sort}>
                {t.todos.sorts[option]}
              </option>
            ))}
          </select>
        </div>
        <div class="actions">
          <button type="submit">{t.todos.find}</button>
          <a href={HOME} class="button second">
            {t.todos.reset}
          </a>
        </div>
      </form>
    </details>
  )
}

interface TodoListProps extends ListProps {
  locale: Locale
  todos: Todo[]
  now: number
}

/** The to-dos in one form. Each button has its own address, which says what it does and to which to-do. */
export function TodoList({ t, locale, view, listPath, todos, now }: TodoListProps) {
  if (todos.length === 0) return <p class="panel empty">{isFiltered(view) ? t.todos.noMatches : t.todos.empty}</p>
  return (
    <form method="post" autocomplete="off" aria-label={t.todos.list}>
      <input type="hidden" name="to" value={listPath} />
      <ul class="panel list">
        {todos.map((todo) => (
          <TodoItem t={t} locale={locale} listPath={listPath} todo={todo} now={now} />
        ))}
      </ul>
    </form>
  )
}

/** Links to the first and the next page of the list. */
export function PageLinks({ t, view, listPath, nextCursor }: ListProps & { nextCursor: string | null }) {
  if (view.cursor === '' && nextCursor === null) return null
  return (
    <p class="pages">
      {view.cursor !== '' && <a href={withQuery(listPath, { cursor: null })}>{t.firstPage}</a>}
      {nextCursor !== null && <a href={withQuery(listPath, { cursor: nextCursor })}>{t.nextPage}</a>}
    </p>
  )
}
