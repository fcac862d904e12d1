import { type ContactName, phoneInWords } from '../../users/contacts'
import { Input, RefusalMessage } from '../page/fields'
import { ACCOUNT } from '../page/local-path'
import { atField, type Refusal } from '../page/refusal'
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
  /** Whether `refusal` is of the form that removes the contact. */
  isRemoval: boolean
}

/** Sends a code to a new contact, or removes the current one. */
export function ContactPage({ t, name, current, proofNeeded, to, refusal, isRemoval }: ContactPageProps) {
  const path = `${ACCOUNT}/${name}`
  const texts = t.contacts[name]
  const [ofNew, ofRemoval] = isRemoval ? [null, refusal] : [atField(refusal, '/to'), null]
  return (
    <>
      <h1>{texts.title}</h1>
      <p>{current === null ? t.account.notSet : name === 'phone' ? phoneInWords(current) : current}</p>
      {proofNeeded === 'sign_in' ? (
        <SignInAgain t={t} to={path} />
      ) : (
        <>
          <RefusalMessage t={t} refusal={ofNew} />
          <form method="post" action={path}>
            <Input
              t={t}
              {...INPUT_ATTRIBUTES[name]}
              name="to"
              label={texts.new}
              hint={t.contacts.hint}
              refusal={ofNew}
              value={to}
              required
              data-focus
            />
            <Actions t={t} submit={t.signIn.submit} />
          </form>
          {current !== null && (
            <form method="post" action={`${path}/remove`} class="aside">
              <RefusalMessage t={t} refusal={ofRemoval} />
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
