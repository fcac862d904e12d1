// What needs JavaScript. Everything else on the pages works without it.

const locale = document.documentElement.lang

const firstField = document.querySelector('[aria-invalid]') ?? document.querySelector('[data-focus]')
if (firstField && location.hash === '') firstField.focus()

/** Long enough for an answer to come. */
const DOUBLE_CLICK_MS = 5000

// Ignore the second click of a double click. The browser would show only the second answer, which says that it was refused,
// although the first request was done.
let lastSubmitted = null
addEventListener('submit', (event) => {
  const submitted = event.submitter?.getAttribute('formaction') ?? event.target
  if (submitted === lastSubmitted) event.preventDefault()
  lastSubmitted = submitted
  setTimeout(() => {
    lastSubmitted = null
  }, DOUBLE_CLICK_MS)
})

const codeField = document.querySelector('[data-code]')
if (codeField) {
  const submitCodeIn = (text) => {
    const code = /\d{6}/.exec(text.replace(/[\s-]/g, ''))?.[0]
    if (code === undefined) return false
    codeField.value = code
    codeField.form.requestSubmit()
    return true
  }
  codeField.addEventListener('paste', (event) => {
    if (submitCodeIn(event.clipboardData?.getData('text') ?? '')) event.preventDefault()
  })
  // WebOTP: the phone reads the code from a text message whose last line names this host.
  if ('OTPCredential' in window) {
    const submitted = new AbortController()
    codeField.form.addEventListener('submit', () => submitted.abort())
    navigator.credentials.get({ otp: { transport: ['sms'] }, signal: submitted.signal }).then(
      (otp) => submitCodeIn(otp?.code ?? ''),
      () => undefined,
    )
  }
}

const resend = document.querySelector('[data-resend-at]')
if (resend) {
  const label = resend.textContent
  const resendAt = Date.parse(resend.dataset.resendAt)
  const countDown = () => {
    const seconds = Math.ceil((resendAt - Date.now()) / 1000)
    resend.disabled = seconds > 0
    resend.textContent = seconds > 0 ? `${label} (${seconds})` : label
    if (seconds > 0) setTimeout(countDown, 1000)
  }
  countDown()
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]
const WEEK_SECONDS = 7 * 86_400
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
const absolute = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
for (const time of document.querySelectorAll('time[datetime]:not(.due)')) {
  const at = new Date(time.dateTime)
  const seconds = (at - Date.now()) / 1000
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1]
  const isNear = Math.abs(seconds) < WEEK_SECONDS
  time.title = absolute.format(at)
  time.textContent = isNear ? relative.format(Math.round(seconds / length), unit) : time.title
}
