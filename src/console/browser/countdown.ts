import { $, $$ } from './dom'

/** Calls `show` with the seconds that are left, every second until there are none. `show` says whether to go on. */
function everySecond(until: number, show: (seconds: number) => boolean): void {
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000))
    if (show(seconds) && seconds > 0) setTimeout(tick, 1000)
  }
  tick()
}

/** A button that asks for another code says how long that has to wait, and so does a form that was sent too often. */
export function countDown(): void {
  const resend = $('[data-resend-at]')
  if (resend instanceof HTMLButtonElement) waitToResend(resend)
  for (const text of $$('[data-retry-after]')) waitToRetry(text)
}

function waitToResend(resend: HTMLButtonElement): void {
  const label = resend.textContent
  everySecond(Date.parse(resend.dataset['resendAt'] ?? ''), (seconds) => {
    resend.disabled = seconds > 0
    resend.textContent = seconds > 0 ? `${label} (${seconds})` : label
    return true
  })
}

/** The form that a message is about: the one around it, or the next one. */
const formOf = (message: HTMLElement): HTMLElement | undefined =>
  message.closest('form') ??
  $$('main form').find((form) => message.compareDocumentPosition(form) & Node.DOCUMENT_POSITION_FOLLOWING)

function waitToRetry(text: HTMLElement): void {
  const { retryAfter, in: template = '', now = '' } = text.dataset
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang)
  const form = formOf(text)
  let isWaiting = true
  const enable = (isEnabled: boolean) => {
    for (const button of form ? $$('[type=submit]', form) : []) button.toggleAttribute('disabled', !isEnabled)
  }
  // Another name or another address may have to wait for nothing.
  form?.addEventListener('input', ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.matches('[data-code], .password > *')) return
    isWaiting = false
    enable(true)
  })
  everySecond(Date.now() + Number(retryAfter) * 1000, (seconds) => {
    enable(seconds === 0 || !isWaiting)
    const time = seconds < 120 ? format.format(seconds, 'second') : format.format(Math.ceil(seconds / 60), 'minute')
    text.textContent = seconds > 0 ? template.replace('{}', time) : now
    return text.isConnected
  })
}
