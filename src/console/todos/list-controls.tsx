import { MAX_LABEL } from '../../limits'
import { PRIORITIES } from '../../todos/schemas'
import { HOME, withQuery } from '../page/local-path'
import type { Texts } from '../texts/texts'
import { SORTS, STATES, type TodoView } from './todo-view'

interface ControlsProps {
  t: Texts
  view: TodoView
  /** The path and query of the list. */
  listPath: string
}

/** Links to all, open and done to-dos. */
export function StateLinks({ t, view, listPath }: ControlsProps) {
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
export function FilterForm({ t, view }: Omit<ControlsProps, 'listPath'>) {
  const { q, priority, label, sort, state, list } = view
  return (
    <details class="panel" open={q !== '' || priority !== undefined || label !== '' || sort !== SORTS[0]}>
      <summary>{t.todos.filters}</summary>
      <form action={HOME} class="filters">
        {list !== undefined && <input type="hidden" name="list" value={list} />}
        {state !== 'all' && <input type="hidden" name="state" value={state} />}
        <div class="field wide">
          <label for="q">{t.todos.search}</label>
          <input id="q" name="q" type="search" value={q} maxlength={200} />
        </div>
        <PriorityFilter t={t} priority={priority} />
        <div class="field">
          <label for="label">{t.todos.label}</label>
          <input id="label" name="label" type="text" value={label} maxlength={MAX_LABEL} />
        </div>
        <SortSelect t={t} sort={sort} />
        <div class="actions">
          <button type="submit">{t.todos.find}</button>
          <a href={withQuery(HOME, { list: list ?? null })} class="button second">
            {t.todos.reset}
          </a>
        </div>
      </form>
    </details>
  )
}

function PriorityFilter({ t, priority }: { t: Texts; priority: TodoView['priority'] }) {
  return (
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
  )
}

function SortSelect({ t, sort }: { t: Texts; sort: TodoView['sort'] }) {
  return (
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
  )
}
