import { AddPasskeyForm } from '../page/add-passkey-form'
import type { PageContext } from '../page/console-env'
import { Input, RefusalMessage } from '../page/fields'
import { renderPage } from '../page/layout'
import { ACCOUNT } from '../page/local-path'
import type { Refusal } from '../page/refusal'
import { Actions } from './account-forms'
import { PASSKEYS, PasskeyFacts, type PasskeyListAnswer, readPasskeys } from './passkey-list'

interface NewPasskeyPage {
  to: string
  options?: object
  refusal?: Refusal
}

/** Adds a passkey after a proof, or says why it was not added. */
export function showNewPasskey(c: PageContext, { refusal, ...form }: NewPasskeyPage) {
  const { t } = c.var
  return renderPage(
    c,
    { title: t.passkeys.add, section: 'account', ...(refusal && { refusal }) },
    <>
      <h1>{t.passkeys.add}</h1>
      <p>{t.passkeys.addIntro}</p>
      <RefusalMessage t={t} refusal={refusal ?? null} />
      <AddPasskeyForm t={t} {...form}>
        <a href={ACCOUNT} class="button second">
          {t.cancel}
        </a>
      </AddPasskeyForm>
    </>,
  )
}

/** The passkey in the address of the page. */
export async function findPasskey(c: PageContext): Promise<PasskeyListAnswer['passkeys'][number] | undefined> {
  const { passkeys } = await readPasskeys(c)
  return passkeys.find(({ id }) => id === c.req.param('id'))
}

/** A passkey, with the forms that rename and remove it. `name` is what was typed into a form that was refused. */
export async function showPasskey(c: PageContext, refusal: Refusal | null, name?: string) {
  // The form with the name sends one, and the form that removes it sends none.
  const isRemoval = name === undefined
  const passkey = await findPasskey(c)
  if (!passkey) return c.redirect(ACCOUNT, 303)
  const { locale, t } = c.var
  return renderPage(
    c,
    { title: t.passkeys.one, section: 'account', refusal },
    <>
      <h1>{t.passkeys.one}</h1>
      <p>
        <PasskeyFacts t={t} locale={locale} passkey={passkey} />
      </p>
      <RefusalMessage t={t} refusal={isRemoval ? null : refusal} />
      <form method="post" action={`${PASSKEYS}/${passkey.id}`}>
        <Input
          t={t}
          name="name"
          label={t.passkeys.name}
          hint={t.passkeys.nameHint}
          refusal={refusal}
          value={name ?? passkey.name}
          autocomplete="off"
          required
        />
        <Actions t={t} submit={t.save} />
      </form>
      <form method="post" action={`${PASSKEYS}/${passkey.id}/remove`} class="aside">
        <RefusalMessage t={t} refusal={isRemoval ? refusal : null} />
        <button type="submit" class="quiet danger">
          {t.passkeys.remove}
        </button>
        <p class="hint">{t.passkeys.removeHint}</p>
      </form>
    </>,
  )
}
