import type { User } from '../../users/schemas'
import { Input, Refused } from '../page/fields'
import { trimmed, typed } from '../page/form'
import { ACCOUNT } from '../page/local-path'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'
import { CurrentPassword, type Proof, SignInAgain } from './proof'

interface FormProps {
  t: Texts
  refusal: Refusal | null
}

/** The end of a form that changes something of the account. */
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

/** A profile as it stands in the form that changes it. */
export const profileFields = { username: trimmed, usernameBefore: typed, name: trimmed, nickname: trimmed }
export type TypedProfile = Record<keyof typeof profileFields, string>

export function ProfileForm({ t, typed, refusal }: FormProps & { typed: TypedProfile }) {
  const field = { t, refusal }
  return (
    <>
      <h1>{t.account.profile}</h1>
      <Refused t={t} refusal={refusal} />
      <form method="post">
        <input type="hidden" name="usernameBefore" value={typed.usernameBefore} />
        <Input {...field} name="name" label={t.account.name} value={typed.name} autocomplete="name" />
        <Input {...field} name="nickname" label={t.account.nickname} value={typed.nickname} autocomplete="nickname" />
        <Input
          {...field}
          name="username"
          label={t.signUp.username}
          hint={t.signUp.usernameHint}
          value={typed.username}
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
        />
        <Actions t={t} submit={t.save} />
      </form>
    </>
  )
}

export function PasswordForm({
  t,
  user,
  proof,
  minLength,
  refusal,
}: FormProps & { user: User; proof: Proof; minLength: number }) {
  return (
    <>
      <h1>{user.hasPassword ? t.password.change : t.password.first}</h1>
      {proof === 'sign_in' ? (
        <SignInAgain t={t} to={`${ACCOUNT}/password`} />
      ) : (
        <>
          <p>{t.password.intro}</p>
          <Refused t={t} refusal={refusal} />
          <form method="post">
            {/* For password managers, which keep a password with a name. */}
            <input hidden autocomplete="username" value={user.username ?? user.email ?? user.phone ?? ''} />
            {proof === 'password' && <CurrentPassword t={t} refusal={refusal} data-focus />}
            <Input
              t={t}
              name="newPassword"
              type="password"
              label={t.password.new}
              hint={t.signUp.passwordHint(minLength)}
              refusal={refusal}
              autocomplete="new-password"
              required
              data-focus
            />
            <Actions t={t} submit={t.save} />
          </form>
        </>
      )}
    </>
  )
}

export function DeletionForm({ t, proof, refusal }: FormProps & { proof: Proof }) {
  const [error] = refusal?.errors ?? []
  return (
    <>
      <h1>{t.deletion.title}</h1>
      <p>{t.deletion.text}</p>
      <p>
        <a href={`${ACCOUNT}/export`}>{t.account.export}</a>
      </p>
      {proof === 'sign_in' ? (
        <SignInAgain t={t} to={`${ACCOUNT}/delete`} />
      ) : (
        <form method="post">
          <Refused t={t} refusal={refusal} />
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
              {t.fault(error)}
            </p>
          )}
          <Actions t={t} submit={t.deletion.title} danger />
        </form>
      )}
    </>
  )
}
