import type { ContactName } from '../../users/contacts'
import { Input, Refused } from '../page/fields'
import { ACCOUNT } from '../page/local-path'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'
import { Actions } from './account-forms'
import { type Proof, SignInAgain } from './proof'

const TYPING = {
  email: { type: 'email', autocomplete: 'email' },
  phone: { type: 'tel', autocomplete: 'tel' },
} as const

/** Sends a code to a contact that is to be added, or removes the one that there is. */
export function ContactPage({
  t,
  name,
  now,
  proof,
  to,
  refusal,
}: {
  t: Texts
  name: ContactName
  now: string | null
  proof: Proof
  to: string
  refusal: Refusal | null
}) {
  const path = `${ACCOUNT}/${name}`
  const texts = t.contacts[name]
  return (
    <>
      <h1>{texts.title}</h1>
      <p>{now === null ? t.account.notSet : now}</p>
      {proof === 'sign_in' ? (
        <SignInAgain t={t} to={path} />
      ) : (
        <>
          <Refused t={t} refusal={refusal} />
          <form method="post" action={path}>
            <Input
              t={t}
              {...TYPING[name]}
              name="to"
              label={texts.new}
              hint={t.contacts.hint}
              refusal={refusal}
              value={to}
              required
              data-focus
            />
            <Actions t={t} submit={t.signIn.submit} />
          </form>
          {now !== null && (
            <form method="post" action={`${path}/remove`} class="aside">
              <button type="submit" class="quiet danger">
                {texts.remove}
              </button>
            </form>
          )}
        </>
      )}
    </>
  )
}
