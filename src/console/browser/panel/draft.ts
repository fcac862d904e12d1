import { $ } from '../dom'
import { EDIT } from '../stored'

/*
 * What could not be saved stays in the tab, by user and to-do. Signing out clears it (Clear-Site-Data). Each opening of a form has a draft
 * of its own, so that none replaces one that is still offered.
 */

const startOf = (form: HTMLFormElement): string => `${EDIT}${form.dataset['user']}${new URL(form.action).pathname}/`

export class Draft {
  private readonly key: string

  constructor(private readonly form: HTMLFormElement) {
    this.key = startOf(form) + Date.now()
  }

  /** Keeps what the form has, or nothing if that is saved. */
  keep(fields: URLSearchParams | null): void {
    try {
      if (fields) sessionStorage.setItem(this.key, `${fields}`)
      else sessionStorage.removeItem(this.key)
    } catch {
      // There is no room, or the browser keeps nothing.
    }
  }

  /** Shows what an earlier opening of the form could not save. */
  offer(): void {
    const box = $('.draft', this.form)
    const text = $('blockquote', this.form)
    const fields = this.offered()
    if (!box || !text) return
    box.hidden = !fields
    text.textContent = ['contents', 'description', 'newLabels', 'subtask']
      .flatMap((name) => fields?.get(name) || [])
      .join('\n')
  }

  offered(): URLSearchParams | null {
    const key = this.offeredKey()
    return key ? new URLSearchParams(sessionStorage.getItem(key) ?? '') : null
  }

  /** The draft that was offered is saved, or was thrown away. */
  drop(): void {
    sessionStorage.removeItem(this.offeredKey() ?? '')
    this.offer()
  }

  private offeredKey(): string | undefined {
    try {
      return Object.keys(sessionStorage).find((key) => key.startsWith(startOf(this.form)) && key !== this.key)
    } catch {
      return undefined
    }
  }
}
