import type { User } from '../../users/schemas'
import { Input, RefusalMessage } from '../page/fields'
import { text, trimmedText } from '../page/form'
import { ACCOUNT } from '../page/local-path'
import { NewPassword } from '../page/new-password'
import { Notice, type PageNotice } from '../page/notice'
import { atField, type Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'
import { CurrentPassword, type ProofNeeded, SecondFactorCode, SignInAgain } from './proof'

interface FormProps {
  t: Texts
  refusal: Refusal | null
}

/** The buttons of a form that changes the account. */
export function Actions({ t, submit, danger }: { t: Texts; submit: string; danger?: boolean }) {
  return (
    <div class="actions">
      <button type="submit" class={danger ? 'danger second' : undefined}>
        {submit}
      </button>
      <a href={ACCOUNT} class="button second">
        {t.cancel}
      </a>
    </div>
  )
}

export const profileFields = { username: text, usernameBefore: text, name: trimmedText, nickname: trimmedText }

/** What is in the form for the profile. */
export type ProfileFields = Record<keyof typeof profileFields, string>

export function ProfileForm({ t, fields, refusal }: FormProps & { fields: ProfileFields }) {
  const field = { t, refusal: atField(refusal, '/username') }
  return (
    <>
      <h1>{t.account.profile}</h1>
      <RefusalMessage {...field} />
      <form method="post">
        <input type="hidden" name="usernameBefore" value={fields.usernameBefore} />
        <Input {...field} name="name" label={t.account.name} value={fields.name} autocomplete="name" />
        <Input {...field} name="nickname" label={t.account.nickname} value={fields.nickname} autocomplete="nickname" />
        <Input
          {...field}
          name="username"
          label={t.signUp.username}
          hint={t.signUp.usernameHint}
          value={fields.username}
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
        />
        <Actions t={t} submit={t.save} />
      </form>
    </>
  )
}

export function NewPasswordForm({
  t,
  user,
  proofNeeded,
  withCode,
  minLength,
  notice,
  refusal,
}: FormProps & {
  user: User
  proofNeeded: ProofNeeded
  withCode: boolean
  minLength: number
  notice: PageNotice | null
}) {
  return (
    <>
      <h1>{user.hasPassword ? t.password.change : t.password.first}</h1>
      <Notice t={t} notice={notice} />
      {proofNeeded === 'sign_in' ? (
        <SignInAgain t={t} to={`${ACCOUNT}/password`} />
      ) : (
        <>
          <p>{t.password.intro}</p>
          <RefusalMessage t={t} refusal={refusal} />
          <form method="post">
            {/* Password managers save the new password under this name. */}
            <input hidden autocomplete="username" value={user.username ?? user.email ?? user.phone ?? ''} />
            {proofNeeded === 'password' && <CurrentPassword t={t} refusal={refusal} data-focus />}
            {withCode && <SecondFactorCode t={t} refusal={refusal} />}
            <NewPassword
              t={t}
              name="newPassword"
              label={t.password.new}
              minLength={minLength}
              ownNames={[user.username, user.name, user.nickname, user.email, user.phone]}
              refusal={refusal}
              data-focus
            />
            <Actions t={t} submit={t.save} />
          </form>
        </>
      )}
    </>
  )
}

export function DeletionForm({ t, proofNeeded, refusal }: FormProps & { proofNeeded: ProofNeeded }) {
  const [error] = refusal?.fieldErrors ?? []
  return (
    <>
      <h1>{t.deletion.title}</h1>
      <p>{t.deletion.text}</p>
      <p>
        <a href={`${ACCOUNT}/export`}>{t.account.export}</a>
      </p>
      {proofNeeded === 'sign_in' ? (
        <SignInAgain t={t} to={`${ACCOUNT}/delete`} />
      ) : (
        <form method="post">
          <RefusalMessage t={t} refusal={refusal} />
          <label class="check">
            <input
              type="checkbox"
              name="confirmed"
              value="yes"
              required
              aria-invalid={error && 'true'}
              aria-describedby={error && 'confirmed-fault'}
            />
            {t.deletion.confirm}
          </label>
          {error && (
            <p id="confirmed-fault" class="fault">
              {t.fieldError(error)}
            </p>
          )}
          <Actions t={t} submit={t.deletion.title} danger />
        </form>
      )}
    </>
  )
}
