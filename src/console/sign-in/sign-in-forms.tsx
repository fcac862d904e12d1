import type { Child } from 'hono/jsx'
import { Input, RefusalMessage } from '../page/fields'
import { NewPassword } from '../page/new-password'
import { Notice, type PageNotice } from '../page/notice'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'
import { type Provider, ProviderButtons } from './provider-buttons'

/** What browsers fill into the field, or offer there to sign in by (WebAuthn 5.1.4, conditional mediation). */
const NAME_OR_PASSKEY = 'username webauthn'

/** Offers the providers, and asks where to send a code. `children` is the form for passkeys. */
export function RecipientForm({
  t,
  action,
  recipient,
  refusal,
  notice,
  providers,
  to,
  links,
  passkeyFirst,
  children,
}: {
  t: Texts
  /** Where the form is sent to. */
  action: string
  recipient: string
  refusal: Refusal | null
  notice: PageNotice | null
  providers: Provider[]
  /** The page that the visitor wanted. */
  to: string
  /** Null where there are no passwords. */
  links: { password: string; signUp: string } | null
  /** Whether `children` come before everything else. */
  passkeyFirst: boolean
  children: Child
}) {
  return (
    <>
      <h1>{t.signIn.title}</h1>
      <Notice t={t} notice={notice} />
      {passkeyFirst && children}
      <ProviderButtons t={t} providers={providers} to={to} />
      <p>{t.signIn.intro}</p>
      <RefusalMessage t={t} refusal={refusal} />
      <form method="post" action={action}>
        <NameInput
          t={t}
          autocomplete={NAME_OR_PASSKEY}
          name="recipient"
          path="/to"
          label={t.signIn.recipient}
          refusal={refusal}
          value={recipient}
          inputmode="email"
        />
        <button type="submit">{t.signIn.submit}</button>
      </form>
      {!passkeyFirst && children}
      {links && (
        <OtherWays
          links={[
            { href: links.password, text: t.signIn.usePassword },
            { href: links.signUp, text: t.signIn.signUp },
          ]}
        />
      )}
    </>
  )
}

/** Asks for a name and a password. `children` come after the form. */
export function PasswordSignInForm({
  t,
  identifier,
  refusal,
  links,
  children,
}: {
  t: Texts
  identifier: string
  refusal: Refusal | null
  links: { code: string; signUp: string }
  children: Child
}) {
  return (
    <>
      <h1>{t.signIn.title}</h1>
      <RefusalMessage t={t} refusal={refusal} />
      <form method="post">
        <NameInput
          t={t}
          autocomplete={NAME_OR_PASSKEY}
          name="identifier"
          label={t.signIn.identifier}
          refusal={refusal}
          value={identifier}
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
      {children}
      <OtherWays
        links={[
          { href: links.code, text: t.signIn.useCode },
          { href: links.signUp, text: t.signIn.signUp },
        ]}
      />
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
        <NameInput
          t={t}
          name="username"
          label={t.signUp.username}
          hint={t.signUp.usernameHint}
          refusal={refusal}
          value={username}
        />
        <NewPassword t={t} name="password" label={t.signUp.password} minLength={minLength} refusal={refusal} />
        <button type="submit">{t.signUp.submit}</button>
      </form>
      <OtherWays links={[{ href: links.signIn, text: t.signUp.signInInstead }]} />
    </>
  )
}

/** The field in which visitors say who they are. Browsers fill in what they have saved. */
function NameInput(props: Parameters<typeof Input>[0]) {
  return <Input autocomplete="username" autocapitalize="none" spellcheck={false} required data-focus {...props} />
}

/** Links to the other forms. */
function OtherWays({ links }: { links: { href: string; text: string }[] }) {
  return (
    <ul class="ways">
      {links.map(({ href, text }) => (
        <li>
          <a href={href}>{text}</a>
        </li>
      ))}
    </ul>
  )
}
