import { MAX_PASSWORD } from '../../limits'
import type { Texts } from '../texts/texts'
import { Input } from './fields'
import type { Refusal } from './refusal'

interface NewPasswordProps {
  t: Texts
  name: string
  label: string
  minLength: number
  /** Names and contacts that the password must not be. The name in the field `username` of the form is one too. */
  ownNames?: (string | null)[]
  refusal: Refusal | null
  'data-focus'?: boolean
}

/** A new password. The script says while it is typed which rules it meets; that it is none of the most common ones, only the server knows. */
export function NewPassword({ t, minLength, ownNames = [], ...rest }: NewPasswordProps) {
  const { tooShort, tooLong, ownName, met } = t.signUp.rules
  const rules = [
    { rule: 'min', limit: minLength, text: tooShort(minLength) },
    { rule: 'max', limit: MAX_PASSWORD, text: tooLong(MAX_PASSWORD) },
    { rule: 'own', text: ownName },
  ]
  return (
    <Input
      {...rest}
      t={t}
      type="password"
      hint={t.signUp.passwordHint(minLength)}
      autocomplete="new-password"
      required
      data-new-password={JSON.stringify(ownNames.filter((one) => one !== null))}
    >
      <ul class="rules" data-rules data-met={met} hidden>
        {rules.map(({ rule, limit, text }) => (
          <li data-rule={rule} data-limit={limit}>
            {text} <span aria-live="polite" />
          </li>
        ))}
      </ul>
    </Input>
  )
}
