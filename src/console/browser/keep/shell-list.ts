import { readQuickAdd } from '../../../todos/quick-add/read-quick-add'
import { $, $$ } from '../dom'
import { type Clock, dayInWords } from './due-words'
import { button, make } from './elements'
import { makeRow, type RowSetting } from './row'
import { type Section, toSections } from './sections'
import { texts } from './texts'

interface Options {
  userId: string
  zone: string
  todos: OfflineTodos
  /** Called after something was changed here. */
  onWrite(): void
}

/** More rows than these wait for a button: tens of thousands would stop the page. */
const PAGE = 200

/** The field keeps what is typed until it is added, also if the page is loaded again. By user. */
const DRAFT = 'latchkey/shell-draft/'

/** The list without a network, and the field above it. */
export class ShellList {
  private readonly doneHere = new Set<string>()
  private readonly stop = new AbortController()
  private most = PAGE

  constructor(
    private readonly page: HTMLElement,
    private readonly options: Options,
  ) {
    const form = $('form.add', page)
    const { field } = this
    const { signal } = this.stop
    if (!(form instanceof HTMLFormElement) || !field) return
    field.value = sessionStorage.getItem(DRAFT + options.userId) ?? ''
    field.addEventListener('input', () => this.keepDraft(field.value), { signal })
    form.addEventListener(
      'submit',
      (event) => {
        event.preventDefault()
        void this.add(field)
      },
      { signal },
    )
  }

  render(): void {
    const { todos } = this.options
    const all = todos.list()
    const setting: RowSetting = {
      clock: this.clock,
      listNames: new Map(todos.lists().map(({ id, name }) => [id, name])),
      contents: new Map(all.map(({ id, contents }) => [id, contents])),
      refusals: new Map(todos.refused.map((refusal) => [refusal.id, refusal])),
      actions: {
        toggle: (todo) => void this.toggle(todo),
        remove: (todo) => void this.remove(todo),
        retry: (id) => void this.write(() => todos.retry(id)),
        discard: (id) => void this.write(() => todos.discard(id)),
      },
    }
    const lists = $('[data-lists]', this.page)
    const refocus = this.keepFocus()
    lists?.replaceChildren(...this.elementsOf(toSections(all, this.doneHere, this.clock), setting))
    refocus()
  }

  /** Takes everything of the user off the page. */
  clear(): void {
    this.stop.abort()
    for (const part of ['[data-lists]', '[data-undo]']) $(part, this.page)?.replaceChildren()
    if (this.field) this.field.value = ''
    this.showFault('')
  }

  /** After the rows were made anew, the same button has the focus; or that of the row which is now there; or the field. */
  private keepFocus(): () => void {
    const focused = document.activeElement
    const row = focused?.closest('.todo')
    if (!focused || !row) return () => undefined
    const at = $$('.todo', this.page).findIndex(({ id }) => id === row.id)
    const name = focused.classList.item(0) ?? 'toggle'
    return () => {
      const rows = $$('.todo', this.page)
      const next = rows.find(({ id }) => id === row.id) ?? rows[Math.min(at, rows.length - 1)]
      const button = next && ($(`.${name}`, next) ?? $('.toggle', next))
      ;(button ?? this.field)?.focus({ preventScroll: true })
    }
  }

  private get field(): HTMLInputElement | null {
    const field = $('form.add input', this.page)
    return field instanceof HTMLInputElement ? field : null
  }

  private get clock(): Clock {
    return { now: Date.now(), zone: this.options.zone, locale: document.documentElement.lang }
  }

  private elementsOf(sections: Section[], setting: RowSetting): HTMLElement[] {
    const t = texts()
    const template = $('template[data-row]', this.page)
    if (!(template instanceof HTMLTemplateElement)) return []
    if (sections.length === 0) return [make('p', { className: 'panel empty', text: t.empty })]
    let left = this.most
    const elements = sections.flatMap((section) => {
      const shown = section.todos.slice(0, left)
      left -= shown.length
      if (shown.length === 0) return []
      const name = this.nameOf(section)
      const rows = shown.map((todo) => makeRow(template, todo, setting))
      return [make('h2', { text: name }), make('ul', { className: 'panel list', 'aria-label': t.list(name) }, ...rows)]
    })
    const isMore = sections.reduce((sum, { todos }) => sum + todos.length, 0) > this.most
    const more = () => {
      this.most += PAGE
      this.render()
    }
    return isMore ? [...elements, button(t.more, more, 'second')] : elements
  }

  private nameOf({ key }: Section): string {
    const t = texts()
    const names: Record<string, string> = { overdue: t.overdue, today: t.today, 'no date': t.noDate, done: t.doneHere }
    return names[key] ?? dayInWords(key, this.clock)
  }

  /** What was typed is understood as it would be on the server, and stays in the field until it is on disk. */
  private async add(field: HTMLInputElement): Promise<void> {
    const typed = field.value
    if (typed.trim() === '') return
    const { todos, zone } = this.options
    const locale = document.documentElement.lang === 'ko' ? 'ko' : 'en'
    const { todo } = readQuickAdd(typed, { now: Date.now(), zone, locale, lists: todos.lists() })
    field.value = ''
    const isDone = await this.write(() => todos.create(todo), texts().notSaved)
    // Somebody may have typed on.
    if (!isDone) field.value = field.value === '' ? typed : `${typed} ${field.value}`
    this.keepDraft(field.value)
  }

  private async toggle({ id, isDone }: OfflineTodo): Promise<void> {
    this.doneHere.add(id)
    await this.write(() => this.options.todos.update(id, { isDone: !isDone }))
  }

  private async remove({ id }: OfflineTodo): Promise<void> {
    const t = texts()
    const { todos } = this.options
    if (!(await this.write(() => todos.delete(id)))) return
    const undo = $('[data-undo]', this.page)
    const restore = button(t.undo, () => {
      undo?.replaceChildren()
      void this.write(() => todos.restore(id))
    })
    restore.classList.add('quiet')
    undo?.replaceChildren(make('div', { className: 'notice' }, make('p', { text: t.deleted }), restore))
  }

  /** Changes what is kept. If the device has no room for it, the page says so. */
  private async write(change: () => Promise<unknown>, fault = texts().notChanged): Promise<boolean> {
    try {
      await change()
      this.showFault('')
      this.options.onWrite()
      return true
    } catch {
      this.showFault(fault)
      return false
    }
  }

  private showFault(text: string): void {
    const fault = $('[data-fault]', this.page)
    fault?.toggleAttribute('hidden', text === '')
    if (fault) fault.textContent = text
  }

  private keepDraft(text: string): void {
    const key = DRAFT + this.options.userId
    try {
      if (text === '') sessionStorage.removeItem(key)
      else sessionStorage.setItem(key, text)
    } catch {
      // The device is full. The field still has it.
    }
  }
}
