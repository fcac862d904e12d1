import { $ } from './dom'

/** Shows which zone the page offers to somebody whose profile has none: that of the browser, unless it is UTC anyway. */
export function offerZone(): void {
  const form = $('.zone-offer')
  const button = $('.zone-offer button')
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  if (!form || !(button instanceof HTMLButtonElement) || timeZone.endsWith('UTC')) return
  button.value = timeZone
  button.textContent = (button.dataset['text'] ?? '').replace('{zone}', timeZone)
  form.hidden = false
}
