import type { Child } from 'hono/jsx'
import type { JSX } from 'hono/jsx/jsx-runtime'
import type { ErrorCode } from '../../errors'
import type { Texts } from '../texts/texts'
import type { Refusal } from './refusal'

/** Errors that are about one field, and what that field is called on the pages. Their text is shown beside it. */
const FIELDS_OF_ERROR: Partial<Record<ErrorCode, string[]>> = {
  wrong_password: ['currentPassword'],
  wrong_second_factor: ['code', 'secondFactorCode'],
  invalid_code: ['code', 'recoveryCode'],
  username_taken: ['username'],
  email_taken: ['to'],
  phone_taken: ['to'],
}

/** Says above the fields why the form was refused. */
export function RefusalMessage({ t, refusal }: { t: Texts; refusal: Refusal | null }) {
  if (!refusal) return null
  const { errorCode, retryAfterSeconds } = refusal
  return (
    <div class="refused" role="alert">
      <p>{t.error(FIELDS_OF_ERROR[errorCode] ? 'invalid_fields' : errorCode)}</p>
      {retryAfterSeconds !== null && <p>{t.retryAfter(retryAfterSeconds)}</p>}
    </div>
  )
}

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
  if (error) return t.fieldError(error)
  return FIELDS_OF_ERROR[refusal.errorCode]?.includes(name) ? t.error(refusal.errorCode) : null
}

/** A form control with its label, its hint and what is wrong with it. `control` makes it with the given attributes. */
export function Field({ control, ...props }: FieldProps & { control: (attributes: Record<string, string>) => Child }) {
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
    </div>
  )
}

/** A field for one line of text. */
export function Input({
  t,
  name,
  label,
  hint,
  path,
  refusal,
  ...rest
}: FieldProps & Omit<JSX.IntrinsicElements['input'], 'name' | 'label'>) {
  const field = { t, name, label, hint, refusal, ...(path !== undefined && { path }) }
  return <Field {...field} control={(attributes) => <input type="text" {...rest} {...attributes} />} />
}
