import { $ } from '../dom'
import { type Answer, fieldsOf, sendForm } from '../part'
import { change, refreshSoon } from './refresh'

/** How long it can be undone (ms). */
const SHOWN_MS = 10_000
const MOST = 3

/** Where toasts stand. It is there before the first one, so that screen readers read that one too. */
function place(): HTMLElement {
  const known = $('.toasts')
  if (known) return known
  const toasts = document.createElement('div')
  toasts.className = 'toasts'
  toasts.setAttribute('role', 'status')
  document.body.append(toasts)
  return toasts
}

/** Makes the place for toasts. */
export const prepareToasts = (): void => void place()

/** Says something. */
export function say(text: string): void {
  const part = document.createRange().createContextualFragment('<div class="notice"><p></p></div>')
  const words = $('p', part)
  if (words) words.textContent = text
  showToast(part)
}

/** Shows what was done, with a button that undoes it. The time stops while the pointer or the focus is on it. */
export function showToast(part: DocumentFragment): void {
  const notice = $('.notice', part)
  if (!notice) return
  notice.className = 'toast'
  notice.removeAttribute('role')
  const toasts = place()
  while (toasts.children.length >= MOST) toasts.firstElementChild?.remove()
  toasts.append(notice)
  let timer: ReturnType<typeof setTimeout> | undefined
  const leave = () => {
    clearTimeout(timer)
    if (!notice.matches(':hover, :focus-within')) timer = setTimeout(() => notice.remove(), SHOWN_MS)
  }
  for (const name of ['pointerenter', 'pointerleave', 'focusin', 'focusout']) {
    notice.addEventListener(name, () => setTimeout(leave))
  }
  leave()
  const form = $('form', notice)
  if (form instanceof HTMLFormElement) undoBy(form, notice)
}

function undoBy(form: HTMLFormElement, toast: HTMLElement): void {
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const answer: Answer = await change(() => sendForm(form.action, fieldsOf(form, event.submitter)))
    if (answer.kind === 'done') {
      toast.remove()
      putBack(form)
      refreshSoon()
      return
    }
    // The button can be pressed again.
    const text = $('p', toast)
    if (text) text.textContent = answer.kind === 'refused' ? answer.part.textContent : wordsFor(answer.kind)
  })
}

/** Why something did not reach the server. */
export const wordsFor = (kind: 'signed out' | 'unreachable'): string =>
  $('#row-words')?.dataset[kind === 'signed out' ? 'signedOut' : 'notDone'] ?? ''

/** Rows below the first page are not read again, so those that were completed come back here. */
function putBack(form: HTMLFormElement): void {
  const named = [form.action, ...new FormData(form).keys()].join(' ')
  for (const id of named.match(/[\da-f-]{36}/g) ?? []) {
    document.getElementById(`t${id}`)?.classList.remove('leaving', 'done')
  }
}
