import { isOwnName } from '../../log-in/password/own-words'
import { $, $$ } from './dom'

/** Shows passwords, warns of Caps Lock, and says which rules a new password meets. */
export function watchPasswords(): void {
  for (const button of $$('[data-show-password]')) {
    const field = button.previousElementSibling
    if (field instanceof HTMLInputElement) watch(field, button)
  }
}

function watch(field: HTMLInputElement, button: HTMLElement): void {
  button.hidden = false
  button.addEventListener('click', () => {
    const isShown = field.type === 'text'
    const { selectionStart, selectionEnd } = field
    field.type = isShown ? 'password' : 'text'
    button.setAttribute('aria-pressed', String(!isShown))
    field.focus()
    field.setSelectionRange(selectionStart, selectionEnd)
  })
  // The browser must not keep the password among what was typed into fields for text.
  field.form?.addEventListener('submit', () => {
    field.type = 'password'
    button.setAttribute('aria-pressed', 'false')
  })
  const root = field.closest('.field') ?? document
  warnOfCapsLock(field, $('[data-caps-lock]', root))
  const rules = $('[data-rules]', root)
  if (rules) showRules(field, rules)
}

function warnOfCapsLock(field: HTMLInputElement, warning: HTMLElement | null): void {
  if (!warning) return
  const say = (isOn: boolean) => {
    const text = isOn ? (warning.dataset['capsLock'] ?? '') : ''
    if (warning.textContent !== text) warning.textContent = text
  }
  for (const type of ['keydown', 'keyup'] as const) {
    // Password managers send events of keys that are none.
    field.addEventListener(type, (event) => say(event instanceof KeyboardEvent && event.getModifierState('CapsLock')))
  }
  field.addEventListener('blur', () => say(false))
}

function showRules(field: HTMLInputElement, rules: HTMLElement): void {
  const names: string[] = JSON.parse(field.dataset['newPassword'] ?? '[]')
  const username = field.form?.elements.namedItem('username')
  const isMet = (rule: string, limit: number): boolean => {
    // As the server counts: code points in NFC.
    const password = field.value.normalize('NFC')
    const { length } = [...password]
    if (rule === 'min') return length >= limit
    if (rule === 'max') return length <= limit
    return !isOwnName(password, [...names, username instanceof HTMLInputElement ? username.value.trim() : null])
  }
  const show = () => {
    rules.hidden = field.value === ''
    for (const row of $$('[data-rule]', rules)) {
      const { rule = '', limit } = row.dataset
      const isDone = isMet(rule, Number(limit))
      row.classList.toggle('met', isDone)
      const status = $('span', row)
      const text = isDone ? `(${rules.dataset['met']})` : ''
      if (status && status.textContent !== text) status.textContent = text
    }
  }
  field.addEventListener('input', show)
  if (username instanceof HTMLInputElement) username.addEventListener('input', show)
  show()
}
