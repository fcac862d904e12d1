import { Input } from '../page/fields'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'

/** Why a code was refused, and in which field it was. */
export type CodeRefusal = Refusal & { field: 'code' | 'recoveryCode' }

/** One form for a code of the app, and one for a recovery code. Telephones show other keys for each. */
export function CodeForms({
  t,
  refusal,
  hasRecoveryCodes,
}: {
  t: Texts
  refusal: CodeRefusal | null
  hasRecoveryCodes: boolean
}) {
  const { secondFactor } = t
  const ofField = (field: CodeRefusal['field']) => (refusal?.field === field ? refusal : null)
  const isLost = refusal?.field === 'recoveryCode'
  return (
    <>
      <form method="post">
        <Input
          t={t}
          name="code"
          label={secondFactor.label}
          hint={secondFactor.hint}
          refusal={ofField('code')}
          inputmode="numeric"
          autocomplete="one-time-code"
          maxlength={40}
          required
          class="code"
          data-code="app"
          data-focus={!isLost || undefined}
        />
        <button type="submit">{t.code.submit}</button>
      </form>
      {hasRecoveryCodes && (
        <details class="panel" open={isLost}>
          <summary>{secondFactor.lost}</summary>
          <form method="post" class="inside">
            <Input
              t={t}
              name="recoveryCode"
              label={secondFactor.recoveryCode}
              hint={secondFactor.recoveryHint}
              refusal={ofField('recoveryCode')}
              autocomplete="off"
              autocapitalize="characters"
              spellcheck={false}
              maxlength={40}
              required
            />
            <button type="submit">{t.code.submit}</button>
          </form>
        </details>
      )}
    </>
  )
}
