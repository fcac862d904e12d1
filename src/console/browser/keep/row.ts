import { $ } from '../dom'
import { type Clock, dueInWords, isLate } from './due-words'
import { button, make } from './elements'
import { texts } from './texts'

/** What the buttons of a row do. */
export interface RowActions {
  toggle(todo: OfflineTodo): void
  remove(todo: OfflineTodo): void
  retry(id: string): void
  discard(id: string): void
}

/** What a row shows beside its to-do. */
export interface RowSetting {
  clock: Clock
  listNames: ReadonlyMap<string, string>
  /** Contents of all to-dos by id, for the names of parents. */
  contents: ReadonlyMap<string, string>
  /** Why the server has refused it, by id. */
  refusals: ReadonlyMap<string, OfflineRefusal>
  actions: RowActions
}

/** The names of buttons have at most this many characters of the to-do. */
const MAX_NAME = 60

/** A row, from the template of the page. */
export function makeRow(template: HTMLTemplateElement, todo: OfflineTodo, setting: RowSetting): HTMLElement {
  const t = texts()
  const { actions } = setting
  const row = template.content.firstElementChild?.cloneNode(true)
  if (!(row instanceof HTMLElement)) throw new Error('There is no template of a row')
  row.id = `t${todo.id}`
  row.dataset['priority'] = todo.priority
  row.classList.toggle('done', todo.isDone)
  const name = todo.contents.slice(0, MAX_NAME).toWellFormed()
  const [toggle, contents, remove] = ['.toggle', '.contents', '.remove'].map((part) => $(part, row))
  if (contents) contents.textContent = todo.contents
  toggle?.setAttribute('aria-label', todo.isDone ? t.reopen(name) : t.complete(name))
  toggle?.addEventListener('click', () => actions.toggle(todo))
  remove?.setAttribute('aria-label', t.delete(name))
  remove?.addEventListener('click', () => actions.remove(todo))
  $('.chips', row)?.append(...chipsOf(todo, setting))
  const refusal = setting.refusals.get(todo.id)
  if (refusal) $('.body', row)?.append(refusalOf(refusal, actions))
  return row
}

function chipsOf(todo: OfflineTodo, { clock, listNames, contents }: RowSetting): HTMLElement[] {
  const t = texts()
  const { priority, labels, recurrence, listId, parentId } = todo
  const chips: HTMLElement[] = []
  const add = (kind: string, text: string) => {
    const chip = make('span', { className: `chip ${kind}`, text, dir: 'auto' })
    chips.push(chip)
    return chip
  }
  const parent = parentId === null ? undefined : contents.get(parentId)
  if (parent !== undefined) add('part', t.partOf(parent))
  const due = dueInWords(todo, clock)
  if (due !== null) {
    const chip = add(isLate(todo, clock) ? 'due-chip late' : 'due-chip', due)
    chip.prepend(make('span', { className: 'unseen', text: `${t.due} ` }))
    if (recurrence !== null) {
      chip.append(
        make('span', { text: ' ↻', 'aria-hidden': 'true' }),
        make('span', { className: 'unseen', text: t.repeats }),
      )
    }
  }
  if (priority !== 'none') add('priority', t.priorities[priority])
  for (const label of labels) add('label', `#${label}`)
  const list = listId === null ? undefined : listNames.get(listId)
  if (list !== undefined) add('list-chip', list)
  if (todo.state === 'waiting') add('waiting', t.waiting)
  return chips
}

function refusalOf({ id, problem }: OfflineRefusal, actions: RowActions): HTMLElement {
  const t = texts()
  const { code, title = code, errors = [] } = problem
  const why = code === 'quota_exceeded' ? t.noRoom : (errors[0]?.message ?? title)
  return make(
    'div',
    { className: 'refusal' },
    make('p', { className: 'fault', text: `${t.refused} ${why}` }),
    make(
      'div',
      { className: 'actions' },
      button(t.retry, () => actions.retry(id), 'second'),
      button(t.discard, () => actions.discard(id), 'quiet'),
    ),
  )
}
