// What needs a script: the pages do all else without one.

const locale = document.documentElement.lang

/** The first of a page's fields that there is something to do with. */
const first = document.querySelector('[aria-invalid]') ?? document.querySelector('[data-focus]')
if (first && location.hash === '') first.focus()

/** By then an answer has come, or nobody waits for it any more. */
const DOUBLE_CLICK_MS = 5000

// A form that is sent again while its answer is on the way is answered for the second time alone: what it asked for was done
// the first time, and is refused now.
let sent = null
addEventListener('submit', (event) => {
  const what = event.submitter?.getAttribute('formaction') ?? event.target
  if (what === sent) event.preventDefault()
  sent = what
  setTimeout(() => {
    sent = null
  }, DOUBLE_CLICK_MS)
})

const codeField = document.querySelector('[data-code]')
if (codeField) {
  const enter = (text) => {
    const code = /\d{6}/.exec(text.replace(/[\s-]/g, ''))?.[0]
    if (code === undefined) return false
    codeField.value = code
    codeField.form.requestSubmit()
    return true
  }
  codeField.addEventListener('paste', (event) => {
    if (enter(event.clipboardData?.getData('text') ?? '')) event.preventDefault()
  })
  // WebOTP: a text message that names this host in its last line.
  if ('OTPCredential' in window) {
    const submitted = new AbortController()
    codeField.form.addEventListener('submit', () => submitted.abort())
    navigator.credentials.get({ otp: { transport: ['sms'] }, signal: submitted.signal }).then(
      (otp) => enter(otp?.code ?? ''),
      () => undefined,
    )
  }
}

const resend = document.querySelector('[data-resend-at]')
if (resend) {
  const label = resend.textContent
  const at = Date.parse(resend.dataset.resendAt)
  const tick = () => {
    const seconds = Math.ceil((at - Date.now()) / 1000)
    resend.disabled = seconds > 0
    resend.textContent = seconds > 0 ? `${label} (${seconds})` : label
    if (seconds > 0) setTimeout(tick, 1000)
  }
  tick()
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
for (const time of document.querySelectorAll('time[datetime]')) {
  const at = new Date(time.dateTime)
  const seconds = (at - Date.now()) / 1000
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1]
  const isNear = Math.abs(seconds) < WEEK_SECONDS
  time.title = absolute.format(at)
  time.textContent = isNear ? relative.format(Math.round(seconds / length), unit) : time.title
}

// Without a script a due date is typed and shown in UTC; with one, in the reader's own time.
const due = document.querySelector('[data-utc]')
if (due) {
  const utc = due.defaultValue
  const pad = (number, length = 2) => String(number).padStart(length, '0')
  if (utc !== '') {
    const at = new Date(`${utc}Z`)
    const date = `${pad(at.getFullYear(), 4)}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`
    due.value = `${date}T${pad(at.getHours())}:${pad(at.getMinutes())}`
  }
  const shown = due.value
  document.getElementById(`${due.id}-hint`)?.remove()
  due.removeAttribute('aria-describedby')
  due.form.addEventListener('formdata', ({ formData }) => {
    const at = new Date(due.value)
    // What was left as it was stays so: of the hour that the end of summer time repeats, the local time does not say which.
    if (due.value === shown) formData.set(due.name, utc)
    else if (!Number.isNaN(at.getTime())) formData.set(due.name, at.toISOString().slice(0, 16))
  })
}
