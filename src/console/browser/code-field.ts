import { $$ } from './dom'

/** WebOTP, which the types of the DOM do not have. */
interface OtpCredential extends Credential {
  code?: string
}

/** A text as the server reads a code: other digits are ASCII ones, and what stands between them does not count. */
const clean = (text: string): string =>
  text
    .replace(/[\uff10-\uff19\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) % 16))
    .replace(/[\s\p{Cf}\p{Pd}\u2212\u2800ー]/gu, '')

/** A code is sent as soon as it is whole: typed, pasted, or read by the phone from a text message. */
export function watchCodeField(): void {
  for (const field of $$('[data-code]')) if (field instanceof HTMLInputElement && field.form) watch(field, field.form)
}

function watch(field: HTMLInputElement, form: HTMLFormElement): void {
  const isOfMessage = field.dataset['code'] === 'message'
  let isSent = false
  const submit = (code: string | undefined): boolean => {
    if (code === undefined || isSent) return false
    field.value = code
    isSent = true
    form.requestSubmit()
    return true
  }
  const submitTyped = () => submit(/^\d{6}$/.exec(clean(field.value))?.[0])
  field.addEventListener('input', (event) => {
    // Who deletes a digit of a code that is too long has not typed it to its end.
    const { isComposing = false, inputType = '' } = event instanceof InputEvent ? event : {}
    if (!isComposing && !inputType.startsWith('delete')) submitTyped()
  })
  field.addEventListener('compositionend', submitTyped)
  // Who pastes a whole message means the code in it.
  field.addEventListener('paste', (event) => {
    const text = event.clipboardData?.getData('text') ?? ''
    if (isOfMessage && submit(/\d{6}/.exec(clean(text))?.[0])) event.preventDefault()
  })
  form.addEventListener('submit', () => {
    isSent = true
  })
  // Somebody came back to this page, maybe because there was no network.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) isSent = false
  })
  if (isOfMessage && 'OTPCredential' in window) readMessage(form, submit)
}

/** WebOTP: the phone reads the code from a text message whose last line names this host. */
function readMessage(form: HTMLFormElement, take: (code: string | undefined) => void): void {
  const submitted = new AbortController()
  form.addEventListener('submit', () => submitted.abort())
  const options: CredentialRequestOptions & { otp: { transport: string[] } } = {
    otp: { transport: ['sms'] },
    signal: submitted.signal,
  }
  navigator.credentials.get(options).then(
    (otp: OtpCredential | null) => take(otp?.code),
    () => undefined,
  )
}
