import type { Child } from 'hono/jsx'
import type { JSX } from 'hono/jsx/jsx-runtime'
import type { ErrorCode } from '../../errors'
import type { Texts } from '../texts/texts'
import type { Refusal } from './refusal'

/** Problems that are about one field, which says so itself. */
const FIELD_OF: Partial<Record<ErrorCode, string>> = {
  wrong_password: 'currentPassword',
  invalid_code: 'code',
  username_taken: 'username',
  email_taken: 'to',
  phone_taken: 'to',
}

/** Why a form was not taken, above its fields. */
export function Refused({ t, refusal }: { t: Texts; refusal: Refusal | null }) {
  if (!refusal) return null
  return (
    <div class="refused" role="alert">
      <p>{t.problem(FIELD_OF[refusal.code] ? 'invalid_fields' : refusal.code)}</p>
      {refusal.retryAfter !== null && <p>{t.retryAfter(refusal.retryAfter)}</p>}
    </div>
  )
}

interface FieldProps {
  t: Texts
  name: string
  label: string
  hint?: Child
  /** JSON Pointer of the field in the API, where it is not `/name`. */
  path?: string
  refusal: Refusal | null
}

/** What is wrong with a field, in words; null where it is right. */
const faultOf = (t: Texts, { refusal, name, path = `/${name}` }: Pick<FieldProps, 'refusal' | 'name' | 'path'>) => {
  const error = refusal?.errors.find((one) => one.path === path || one.path.startsWith(`${path}/`))
  if (error) return t.fault(error)
  return refusal && FIELD_OF[refusal.code] === name ? t.problem(refusal.code) : null
}

/** A labelled control, with its hint and with what is wrong with it. */
export function Field({
  t,
  name,
  label,
  hint,
  path,
  refusal,
  control,
}: FieldProps & { control: (attributes: Record<string, string>) => Child }) {
  const fault = faultOf(t, { refusal, name, ...(path !== undefined && { path }) })
  const described = [...(fault === null ? [] : [`${name}-fault`]), ...(hint === undefined ? [] : [`${name}-hint`])]
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {control({
        id: name,
        name,
        ...(described.length > 0 && { 'aria-describedby': described.join(' ') }),
        ...(fault !== null && { 'aria-invalid': 'true' }),
      })}
      {fault !== null && (
        <p id={`${name}-fault`} class="fault">
          {fault}
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

/** A line of text. */
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
