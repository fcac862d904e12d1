import { $, $$ } from '../dom'
import { fieldsOf } from '../part'

/** What is sent only when somebody says so, or leaves the form: half a label is no label. */
export const LEFT: readonly string[] = ['newLabels', 'subtask']

/** An own rule is chosen first, and typed then. Before that, there is nothing to send. */
export const UNFINISHED: readonly string[] = ['repeat']

/** What waits while somebody edits. */
export const HELD: readonly string[] = [...LEFT, ...UNFINISHED]

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement

const isControl = (element: unknown): element is Control =>
  element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement

/** What people have typed and chosen, without what the form keeps for itself. */
export function typedIn(form: HTMLFormElement): URLSearchParams {
  const fields = fieldsOf(form)
  for (const control of form.elements) if (isControl(control) && control.type === 'hidden') fields.delete(control.name)
  return fields
}

/** The same without what these fields hold back. `saved` is what the server has. */
export function without(
  held: readonly string[],
  fields: URLSearchParams,
  saved: URLSearchParams | null = null,
): URLSearchParams {
  const sent = new URLSearchParams(fields)
  for (const name of LEFT) if (held.includes(name) && sent.has(name)) sent.set(name, '')
  if (held.includes('repeat') && sent.get('repeat') === 'own' && !sent.get('rule')) {
    sent.set('repeat', saved?.get('repeat') ?? 'own')
  }
  return sent
}

/** The names of the fields in which two states of a form differ. */
export const differences = (one: URLSearchParams, other: URLSearchParams): string[] =>
  [...new Set([...one.keys(), ...other.keys()])].filter((name) => `${one.getAll(name)}` !== `${other.getAll(name)}`)

/**
 * Brings the form up to what the server has answered. What has been typed since `sent` stays, and so does the text of the field that somebody
 * is typing in. Answers what the server has: nothing that was typed since.
 */
export function merge(form: HTMLFormElement, part: DocumentFragment, sent: URLSearchParams): URLSearchParams {
  const typed = differences(typedIn(form), sent)
  replace('.says', form, part)
  if (!typed.includes('labels[]')) replace('.labels .options', form, part)
  for (const fresh of part.querySelectorAll('input,textarea,select')) {
    if (!isControl(fresh) || fresh.name === 'labels[]') continue
    for (const mine of form.elements) {
      if (!isControl(mine) || mine.name !== fresh.name) continue
      showFault(mine, fresh)
      if (!typed.includes(fresh.name)) take(mine, fresh)
    }
  }
  const has = typedIn(form)
  for (const name of typed) {
    has.delete(name)
    for (const value of sent.getAll(name)) has.append(name, value)
  }
  return has
}

function take(mine: Control, fresh: Control): void {
  if (mine instanceof HTMLInputElement && /^(?:checkbox|radio)$/.test(mine.type)) {
    if (fresh instanceof HTMLInputElement && mine.value === fresh.value) mine.checked = fresh.checked
  } else if (mine !== document.activeElement || LEFT.includes(mine.name)) {
    if (mine.value !== fresh.value) mine.value = fresh.value
  }
}

/** Says at the field what is wrong with it, or no more. */
function showFault(mine: Control, fresh: Control): void {
  for (const name of ['aria-invalid', 'aria-describedby']) {
    const value = fresh.getAttribute(name)
    if (value === null) mine.removeAttribute(name)
    else mine.setAttribute(name, value)
  }
  const field = mine.closest('.field')
  for (const fault of field ? $$('.fault', field) : []) fault.remove()
  const fault = fresh.closest('.field')?.querySelector('.fault')
  if (fault) mine.after(fault)
}

/** Puts what the answer has in the place of what is there, if the answer has it. */
export function replace(selector: string, root: ParentNode, part: ParentNode): void {
  const fresh = $(selector, part)
  if (fresh) $(selector, root)?.replaceChildren(...fresh.childNodes)
}

/** The same for subtasks. The focus stays on the row, or goes to the button that brings the row back. */
export function replaceSubtasks(root: ParentNode, part: ParentNode): void {
  const focused = document.activeElement
  const row = focused?.closest('.rows-of li')
  replace('.said', root, part)
  replace('.rows-of', root, part)
  if (!row || row.isConnected) return
  const same = $(`.rows-of #${row.id} > .${focused?.classList.item(0)}`, root)
  ;(same ?? $('.said button', root))?.focus({ preventScroll: true })
}
