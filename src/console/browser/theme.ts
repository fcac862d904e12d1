import { $, $$ } from './dom'
import { fieldsOf } from './part'

/** Changes the colours at once. The menu stays open, and nothing that is typed on the page is lost. */
export function chooseTheme(): void {
  const form = $('.menu form[action$="/theme"]')
  if (!(form instanceof HTMLFormElement)) return
  form.addEventListener('submit', (event) => {
    const { submitter } = event
    if (!(submitter instanceof HTMLButtonElement)) return
    event.preventDefault()
    show(submitter.value)
    for (const button of $$('button', form)) button.ariaPressed = String(button === submitter)
    // The cookie comes with the answer, which would lead to this page again. Without a network, only this page changes.
    fetch(form.action, { method: 'POST', body: fieldsOf(form, submitter), redirect: 'manual' }).catch(() => undefined)
  })
}

function show(theme: string): void {
  const root = document.documentElement
  if (theme === 'system') delete root.dataset['theme']
  else root.dataset['theme'] = theme
  $('[name=color-scheme]')?.setAttribute('content', theme === 'system' ? 'light dark' : theme)
  const { backgroundColor } = getComputedStyle(root)
  for (const meta of $$('[name=theme-color]')) meta.setAttribute('content', backgroundColor)
}
