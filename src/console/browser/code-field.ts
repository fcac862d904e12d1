import { $ } from './dom'

/** WebOTP, which the types of the DOM do not have. */
interface OtpCredential extends Credential {
  code?: string
}

/** A code that is pasted, or that the phone reads from a text message, is sent at once. */
export function watchCodeField(): void {
  const field = $('[data-code]')
  if (!(field instanceof HTMLInputElement) || !field.form) return
  const { form } = field
  const submitCodeIn = (text: string): boolean => {
    const code = /\d{6}/.exec(text.replace(/[\s-]/g, ''))?.[0]
    if (code === undefined) return false
    field.value = code
    form.requestSubmit()
    return true
  }
  field.addEventListener('paste', (event) => {
    if (submitCodeIn(event.clipboardData?.getData('text') ?? '')) event.preventDefault()
  })
  if ('OTPCredential' in window) readMessage(form, submitCodeIn)
}

/** WebOTP: the phone reads the code from a text message whose last line names this host. */
function readMessage(form: HTMLFormElement, take: (code: string) => void): void {
  const submitted = new AbortController()
  form.addEventListener('submit', () => submitted.abort())
  const options: CredentialRequestOptions & { otp: { transport: string[] } } = {
    otp: { transport: ['sms'] },
    signal: submitted.signal,
  }
  navigator.credentials.get(options).then(
    (otp: OtpCredential | null) => take(otp?.code ?? ''),
    () => undefined,
  )
}
