import { $ } from '../dom'
import { signInLink } from './in-place'
import type { Unsent } from './outbox'

/** What somebody can do with a text that waits. */
export interface Actions {
  retry(entry: Unsent): void
  edit(entry: Unsent): void
  discard(entry: Unsent): void
}

/** Shows what waits below the field: a row for each text, and for each line of a pasted list. */
export class UnsentRows {
  private readonly list = document.createElement('ul')
  private readonly rows = new Map<string, HTMLElement[]>()

  constructor(
    form: HTMLFormElement,
    private readonly template: HTMLTemplateElement,
    private readonly actions: Actions,
  ) {
    this.list.className = 'panel list unsent-list'
    this.list.hidden = true
    // What the server has made of a text has buttons, which need a form.
    const buttons = document.createElement('form')
    buttons.method = 'post'
    const to = form.elements.namedItem('to')
    if (to instanceof HTMLInputElement) buttons.append(to.cloneNode())
    buttons.append(this.list)
    form.after(buttons)
  }

  /** Makes the rows of a text, or says how it stands now. */
  show(entry: Unsent): void {
    const rows = this.rows.get(entry.key) ?? this.make(entry)
    for (const [index, row] of rows.entries()) {
      row.classList.toggle('waiting', entry.state !== 'refused')
      row.classList.toggle('failed', entry.state === 'refused')
      const isOpen = entry.state !== 'sending' && index === 0
      $('.row-actions', row)?.toggleAttribute('hidden', !isOpen)
      const state = $('.state', row)
      if (state) this.describe(state, row, entry)
    }
  }

  /** Puts what the server has made of a text into the place of its rows, or nothing. */
  replace({ key }: Unsent, made: DocumentFragment | null): void {
    const rows = this.rows.get(key) ?? []
    this.rows.delete(key)
    if (made && rows[0]) rows[0].before(made)
    for (const row of rows) row.remove()
    this.hideIfEmpty()
  }

  /** Takes away the rows that the list shows by now. */
  forgetMade(): void {
    for (const row of this.list.querySelectorAll('li:not(.unsent)')) row.remove()
    this.hideIfEmpty()
  }

  private make(entry: Unsent): HTMLElement[] {
    const texts = textsOf(entry)
    const rows = texts.flatMap((text) => {
      const row = this.template.content.cloneNode(true)
      const item = row instanceof DocumentFragment ? $('li', row) : null
      if (!item) return []
      const contents = $('.contents', item)
      if (contents) contents.textContent = text
      for (const name of ['retry', 'edit', 'discard'] as const) {
        $(`[data-${name}]`, item)?.addEventListener('click', () => this.actions[name](entry))
      }
      return item
    })
    this.rows.set(entry.key, rows)
    // The newest stands first, as in the list.
    this.list.prepend(...rows)
    this.list.hidden = false
    return rows
  }

  private describe(place: HTMLElement, row: HTMLElement, { state, reason }: Unsent): void {
    const { sending = '', unreachable = '', signedOut = '', refused = '', signIn = '' } = row.dataset
    const words = { sending, unreachable: reason || unreachable, 'signed out': signedOut, refused: reason || refused }[
      state
    ]
    if (place.dataset['state'] === words) return
    place.dataset['state'] = words
    place.replaceChildren(words)
    if (state === 'signed out') place.append(' ', signInLink(signIn))
  }

  private hideIfEmpty(): void {
    this.list.hidden = this.list.children.length === 0
  }
}

/** The texts of an entry: one, or each line. */
function textsOf({ fields }: Unsent): string[] {
  const values = new Map(fields)
  const lines = values.get('lines')
  return lines === undefined ? [values.get('contents') ?? ''] : lines.split('\n').filter((line) => line.trim() !== '')
}
