import { $ } from './dom'

/** A button that asks for another code says how long that has to wait (seconds). */
export function countDown(): void {
  const resend = $('[data-resend-at]')
  if (!(resend instanceof HTMLButtonElement)) return
  const label = resend.textContent
  const resendAt = Date.parse(resend.dataset['resendAt'] ?? '')
  const show = () => {
    const seconds = Math.ceil((resendAt - Date.now()) / 1000)
    resend.disabled = seconds > 0
    resend.textContent = seconds > 0 ? `${label} (${seconds})` : label
    if (seconds > 0) setTimeout(show, 1000)
  }
  show()
}
