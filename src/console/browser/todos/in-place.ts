import { $, $$ } from '../dom'
import { type Answer, fieldsOf, sendForm } from '../part'
import { change, refreshSoon } from './refresh'
import { say, showToast } from './toast'

/** Completes, reopens and deletes to-dos where they stand. */
export function changeInPlace(): void {
  addEventListener('submit', (event) => {
    const { submitter, target } = event
    const row = submitter?.closest<HTMLElement>('li.todo')
    if (!row || !(target instanceof HTMLFormElement) || !submitter?.matches('.toggle, .remove')) return
    event.preventDefault()
    if (row.classList.contains('leaving')) return
    void send(row, target, submitter)
  })
}

async function send(row: HTMLElement, form: HTMLFormElement, button: HTMLElement): Promise<void> {
  const isToggle = button.classList.contains('toggle')
  const path = button.getAttribute('formaction') ?? form.action
  const fields = fieldsOf(form, button)
  $(':scope > .row-fault', row)?.remove()
  focusNext(row, button)
  // It shows at once. What the server says comes later.
  row.classList.toggle('done', isToggle ? fields.get('isDone') === 'true' : row.classList.contains('done'))
  row.classList.add('leaving')
  const answer = await change(() => sendForm(path, fields))
  if (answer.kind === 'done') {
    showToast(answer.part)
    if (!isToggle) row.remove()
    refreshSoon()
    return
  }
  row.classList.remove('leaving')
  if (isToggle) row.classList.toggle('done')
  explain(row, button, answer)
}

/** Says on the row why nothing has changed. */
function explain(row: HTMLElement, button: HTMLElement, answer: Answer): void {
  const words = $('#row-words')?.dataset ?? {}
  const fault = document.createElement('p')
  fault.className = 'row-fault'
  fault.setAttribute('role', 'alert')
  const isGone = answer.kind === 'refused' && answer.status === 404
  if (answer.kind === 'refused' && answer.status === 412) {
    say(words['changed'] ?? '')
    refreshSoon()
    return
  }
  if (answer.kind === 'signed out') {
    fault.append(words['signedOut'] ?? '', ' ', signInLink(words['signIn'] ?? ''))
  } else if (answer.kind === 'unreachable') {
    fault.textContent = words['notDone'] ?? ''
  } else if (isGone) {
    fault.textContent = words['gone'] ?? ''
  } else if (answer.kind === 'refused') {
    fault.textContent = answer.part.textContent
  }
  row.append(fault)
  row.classList.toggle('gone', isGone)
  button.focus({ preventScroll: true })
}

/** Leads to the sign-in, and back to this page. */
export function signInLink(text: string): HTMLAnchorElement {
  const link = document.createElement('a')
  link.href = `/console/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`
  link.textContent = text
  return link
}

/** The row below gets the focus, so that one can go on by the keyboard. */
function focusNext(row: HTMLElement, button: HTMLElement): void {
  if (document.activeElement !== button) return
  const rows = $$('li.todo:not(.leaving):not(.unsent)')
  const at = rows.indexOf(row)
  const next = rows.slice(at + 1).find((other) => !row.contains(other)) ?? rows[at - 1]
  const name = button.classList.item(0)
  if (next) $(`:scope > .${name}`, next)?.focus()
}
