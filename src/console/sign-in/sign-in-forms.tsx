import { Input, RefusalMessage } from '../page/fields'
import { Notice } from '../page/layout'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'

/** Asks where to send a code. */
export function RecipientForm({
  t,
  recipient,
  refusal,
  notice,
  links,
}: {
  t: Texts
  recipient: string
  refusal: Refusal | null
  notice: string | undefined
  links: { password: string; signUp: string }
}) {
  return (
    <>
      <h1>{t.signIn.title}</h1>
      <Notice t={t} name={notice} />
      <p>{t.signIn.intro}</p>
      <RefusalMessage t={t} refusal={refusal} />
      <form method="post">
        <Input
          t={t}
          name="recipient"
          path="/to"
          label={t.signIn.recipient}
          refusal={refusal}
          value={recipient}
          inputmode="email"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          data-focus
        />
        <button type="submit">{t.signIn.submit}</button>
      </form>
      <ul class="ways">
        <li>
          <a href={links.password}>{t.signIn.usePassword}</a>
        </li>
        <li>
          <a href={links.signUp}>{t.signIn.signUp}</a>
        </li>
      </ul>
    </>
  )
}

/** Asks for a name and a password. */
export function PasswordForm({
  t,
  identifier,
  refusal,
  links,
}: {
  t: Texts
  identifier: string
  refusal: Refusal | null
  links: { code: string; signUp: string }
}) {
  return (
    <>
      <h1>{t.signIn.title}</h1>
      <RefusalMessage t={t} refusal={refusal} />
      <form method="post">
        <Input
          t={t}
          name="identifier"
          label={t.signIn.identifier}
          refusal={refusal}
          value={identifier}
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          data-focus
        />
        <Input
          t={t}
          name="password"
          type="password"
          label={t.signIn.password}
          hint={t.signIn.forgottenHint}
          refusal={refusal}
          autocomplete="current-password"
          required
        />
        <button type="submit">{t.signIn.title}</button>
      </form>
      <ul class="ways">
        <li>
          <a href={links.code}>{t.signIn.useCode}</a>
        </li>
        <li>
          <a href={links.signUp}>{t.signIn.signUp}</a>
        </li>
      </ul>
    </>
  )
}

/** Makes an account with a user name and a password. */
export function SignUpForm({
  t,
  username,
  refusal,
  minLength,
  links,
}: {
  t: Texts
  username: string
  refusal: Refusal | null
  minLength: number
  links: { signIn: string }
}) {
  return (
    <>
      <h1>{t.signUp.title}</h1>
      <p>{t.signUp.intro}</p>
      <RefusalMessage t={t} refusal={refusal} />
      <form method="post">
        <Input
          t={t}
          name="username"
          label={t.signUp.username}
          hint={t.signUp.usernameHint}
          refusal={refusal}
          value={username}
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          data-focus
        />
        <Input
          t={t}
          name="password"
          type="password"
          label={t.signUp.password}
          hint={t.signUp.passwordHint(minLength)}
          refusal={refusal}
          autocomplete="new-password"
          required
        />
        <button type="submit">{t.signUp.submit}</button>
      </form>
      <ul class="ways">
        <li>
          <a href={links.signIn}>{t.signUp.signInInstead}</a>
        </li>
      </ul>
    </>
  )
}
