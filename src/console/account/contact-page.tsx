import type { ContactName } from '../../users/contacts'
import { Input, RefusalMessage } from '../page/fields'
import { ACCOUNT } from '../page/local-path'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'
import { Actions } from './account-forms'
import { type ProofNeeded, SignInAgain } from './proof'

const INPUT_ATTRIBUTES = {
  email: { type: 'email', autocomplete: 'email' },
  phone: { type: 'tel', autocomplete: 'tel' },
} as const

interface ContactPageProps {
  t: Texts
  name: ContactName
  /** The contact that the account has now. */
  current: string | null
  proofNeeded: ProofNeeded
  /** What was typed as the new contact. */
  to: string
  refusal: Refusal | null
}

/** Sends a code to a new contact, or removes the current one. */
export function ContactPage({ t, name, current, proofNeeded, to, refusal }: ContactPageProps) {
  const path = `${ACCOUNT}/${name}`
  const texts = t.contacts[name]
  return (
    <>
      <h1>{texts.title}</h1>
      <p>{current ?? t.account.notSet}</p>
      {proofNeeded === 'sign_in' ? (
        <SignInAgain t={t} to={path} />
      ) : (
        <>
          <RefusalMessage t={t} refusal={refusal} />
          <form method="post" action={path}>
            <Input
              t={t}
              {...INPUT_ATTRIBUTES[name]}
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
          {current !== null && (
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
