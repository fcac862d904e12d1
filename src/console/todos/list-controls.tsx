import type { TodoCounts } from '../../todos/counts/schemas'
import { PRIORITIES } from '../../todos/schemas'
import { HOME, withQuery } from '../page/local-path'
import type { Texts } from '../texts/texts'
import { isFiltered, SORTS, type TodoView } from './todo-view'

interface FilterFormProps {
  t: Texts
  view: TodoView
  counts: TodoCounts
  /** The path and query of the list. */
  listPath: string
}

/** Searches, filters and sorts. The form is sent with GET, so that the address says what the list shows. */
export function FilterForm({ t, view, counts, listPath }: FilterFormProps) {
  const { name, q, priority, label, sort, list } = view
  const isOfAll = name === 'all'
  return (
    <details class="panel filter" open={q !== '' || priority !== undefined || (isOfAll && sort !== SORTS[0])}>
      <summary>{t.todos.filters}</summary>
      <search>
        <form action={HOME} class="filters">
          <input type="hidden" name="view" value={name === 'done' ? 'done' : 'all'} />
          {list !== undefined && <input type="hidden" name="list" value={list} />}
          {label !== '' && <input type="hidden" name="label" value={label} />}
          <div class="field wide">
            <label for="q">{t.todos.search}</label>
            <input id="q" name="q" type="search" value={q} maxlength={200} enterkeyhint="search" />
          </div>
          <PriorityFilter t={t} priority={priority} />
          {isOfAll && <SortSelect t={t} sort={sort} />}
          <LabelChips t={t} label={label} counts={counts} listPath={listPath} />
          <div class="actions">
            <button type="submit">{t.todos.find}</button>
            {isFiltered(view) && (
              <a href={withQuery(HOME, { view: name })} class="button second">
                {t.todos.reset}
              </a>
            )}
          </div>
        </form>
      </search>
    </details>
  )
}

/** The labels of what is open, each a link that narrows the list to it. That of the list's own label takes it off. */
function LabelChips({
  t,
  label,
  counts,
  listPath,
}: Pick<FilterFormProps, 't' | 'counts' | 'listPath'> & { label: string }) {
  const names = counts.labels.map((one) => one.label)
  const labels = label === '' || names.includes(label) ? names : [label, ...names]
  if (labels.length === 0) return null
  return (
    <div class="wide">
      <p id="labels">{t.todos.labels}</p>
      <ul class="chips" aria-labelledby="labels">
        {labels.map((one) => (
          <li>
            <a
              class="chip label"
              href={withQuery(listPath, { label: one === label ? null : one, cursor: null })}
              aria-current={one === label ? 'true' : undefined}
            >
              #{one}
            </a>
          </li>
        ))}
      </ul>
    </div>
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
