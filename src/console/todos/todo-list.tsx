import type { Locale } from '../../locale'
import { PRIORITIES, type Todo } from '../../todos/schemas'
import { Input, Refused } from '../page/fields'
import { HOME, withQuery } from '../page/local-path'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'
import { TodoItem } from './todo-item'
import { isFiltered, SORTS, type State, type TodoView } from './todo-query'

interface ListProps {
  t: Texts
  view: TodoView
  /** The address of the list. */
  here: string
}

/** Makes a to-do. The key is for one to-do, however often the form is sent. */
export function AddForm({
  t,
  here,
  typed,
  refusal,
  focus,
}: Pick<ListProps, 't' | 'here'> & { typed: string; refusal: Refusal | null; focus: boolean }) {
  return (
    <>
      <Refused t={t} refusal={refusal} />
      <form method="post" action={`${HOME}/todos`} class="add" autocomplete="off">
        <input type="hidden" name="to" value={here} />
        <input type="hidden" name="key" value={crypto.randomUUID()} />
        <Input
          t={t}
          name="contents"
          label={t.todos.new}
          refusal={refusal}
          value={typed}
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

export function StateLinks({ t, view, here }: ListProps) {
  const hrefs: Record<State, string | null> = { all: null, open: 'open', done: 'done' }
  return (
    <nav aria-label={t.todos.show} class="states">
      {(['all', 'open', 'done'] as const).map((state) => (
        <a
          href={withQuery(here, { state: hrefs[state], cursor: null })}
          aria-current={view.state === state ? 'page' : undefined}
        >
          {t.todos.states[state]}
        </a>
      ))}
    </nav>
  )
}

/** Searches, filters and sorts: a form of its own, so that the address says what the list shows. */
export function FilterForm({ t, view }: Omit<ListProps, 'here'>) {
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
            {PRIORITIES.map((one) => (
              <option value={one} selected={one === priority}>
                {t.todos.priorities[one]}
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
            {SORTS.map((one) => (
              <option value={one} selected={one === sort}>
                {t.todos.sorts[one]}
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

/** The to-dos, in one form: each button says by its address what it does to which. */
export function TodoList({
  t,
  locale,
  view,
  here,
  todos,
  now,
}: ListProps & { locale: Locale; todos: Todo[]; now: number }) {
  if (todos.length === 0) return <p class="panel empty">{isFiltered(view) ? t.todos.none : t.todos.empty}</p>
  return (
    <form method="post" autocomplete="off" aria-label={t.todos.list}>
      <input type="hidden" name="to" value={here} />
      <ul class="panel list">
        {todos.map((todo) => (
          <TodoItem t={t} locale={locale} here={here} todo={todo} now={now} />
        ))}
      </ul>
    </form>
  )
}

export function Pages({ t, view, here, nextCursor }: ListProps & { nextCursor: string | null }) {
  if (view.cursor === '' && nextCursor === null) return null
  return (
    <p class="pages">
      {view.cursor !== '' && <a href={withQuery(here, { cursor: null })}>{t.todos.first}</a>}
      {nextCursor !== null && <a href={withQuery(here, { cursor: nextCursor })}>{t.todos.older}</a>}
    </p>
  )
}
