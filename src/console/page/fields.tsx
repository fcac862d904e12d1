import type { Child } from 'hono/jsx'
import type { JSX } from 'hono/jsx/jsx-runtime'
import { type ErrorCode, isErrorCode } from '../../errors'
import type { Texts } from '../texts/texts'
import type { Refusal } from './refusal'

/** Errors that are about one field, and what that field is called on the pages. Their text is shown beside it. */
const FIELDS_OF_ERROR: Partial<Record<ErrorCode, string[]>> = {
  invalid_credentials: ['password'],
  wrong_password: ['currentPassword'],
  wrong_second_factor: ['code', 'secondFactorCode'],
  invalid_code: ['code', 'recoveryCode'],
  username_taken: ['username'],
  email_taken: ['to'],
  phone_taken: ['to'],
}

/** Says above the fields why the form was refused. What is wrong with one field is said beside it. */
export function RefusalMessage({ t, refusal }: { t: Texts; refusal: Refusal | null }) {
  if (!refusal) return null
  const { errorCode, retryAfterSeconds, codePath, fieldErrors } = refusal
  const isAtField = FIELDS_OF_ERROR[errorCode] !== undefined || fieldErrors.some(({ code }) => code === errorCode)
  return (
    <div class={codePath === undefined ? 'refused' : 'notice'} role="alert">
      <p>{codePath === undefined ? t.error(isAtField ? 'invalid_fields' : errorCode) : t.code.onItsWay}</p>
      {codePath !== undefined && (
        <p>
          <a href={codePath}>{t.code.enter}</a>
        </p>
      )}
      {retryAfterSeconds !== null && <RetryAfter t={t} seconds={retryAfterSeconds} />}
    </div>
  )
}

/** When to try again. The script counts down, and lets the form be sent again then. */
const RetryAfter = ({ t, seconds }: { t: Texts; seconds: number }) => (
  <p role="timer" data-retry-after={seconds} data-in={t.retryIn} data-now={t.retryNow}>
    {t.retryAfter(seconds)}
  </p>
)

interface FieldProps {
  t: Texts
  name: string
  label: string
  hint?: Child
  /** JSON Pointer of the field in the API's body, if it is not `/name`. */
  path?: string
  refusal: Refusal | null
}

/** What is wrong with a field, or null. */
function fieldErrorText({ t, refusal, name, path = `/${name}` }: Pick<FieldProps, 't' | 'refusal' | 'name' | 'path'>) {
  if (!refusal) return null
  const error = refusal.fieldErrors.find((one) => one.path === path || one.path.startsWith(`${path}/`))
  if (error) return isErrorCode(error.code) ? t.error(error.code) : t.fieldError(error)
  return FIELDS_OF_ERROR[refusal.errorCode]?.includes(name) ? t.error(refusal.errorCode) : null
}

/** A form control with its label, its hint and what is wrong with it. `control` makes it with the given attributes. */
export function Field({
  control,
  children,
  ...props
}: FieldProps & { control: (attributes: Record<string, string>) => Child; children?: Child }) {
  const { name, label, hint } = props
  const error = fieldErrorText(props)
  const describedBy = [...(error === null ? [] : [`${name}-fault`]), ...(hint === undefined ? [] : [`${name}-hint`])]
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {control({
        id: name,
        name,
        ...(describedBy.length > 0 && { 'aria-describedby': describedBy.join(' ') }),
        ...(error !== null && { 'aria-invalid': 'true' }),
      })}
      {error !== null && (
        <p id={`${name}-fault`} class="fault">
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p id={`${name}-hint`} class="hint">
          {hint}
        </p>
      )}
      {children}
    </div>
  )
}

/** A field for one line of text. A password can be shown, by the script. */
export function Input({
  t,
  name,
  label,
  hint,
  path,
  refusal,
  children,
  ...rest
}: FieldProps & Omit<JSX.IntrinsicElements['input'], 'name' | 'label'> & { children?: Child }) {
  const isPassword = rest['type'] === 'password'
  const field = { t, name, label, hint, refusal, ...(path !== undefined && { path }) }
  return (
    <Field
      {...field}
      control={(attributes) => {
        const input = <input type="text" {...rest} {...attributes} />
        return isPassword ? <PasswordTools t={t}>{input}</PasswordTools> : input
      }}
    >
      {children}
    </Field>
  )
}

/** What the script adds to a password: a button that shows it, and a warning of Caps Lock. */
const PasswordTools = ({ t, children }: { t: Texts; children: Child }) => (
  <>
    <div class="password">
      {children}
      <button type="button" class="quiet" data-show-password aria-pressed="false" hidden>
        <span aria-hidden="true">{t.signIn.show}</span>
        <span class="unseen">{t.signIn.showPassword}</span>
      </button>
    </div>
    <p class="caps-lock" role="status" data-caps-lock={t.signIn.capsLock} />
  </>
)
