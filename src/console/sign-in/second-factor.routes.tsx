import type { ProviderId } from '../../users/provider-ids'
import { createPages, type PageContext } from '../page/console-env'
import {
  getSecondFactor,
  getWaitingIdentity,
  rememberSession,
  removeChallenge,
  removeSecondFactor,
  setSecondFactor,
} from '../page/cookies'
import { Input, RefusalMessage } from '../page/fields'
import { formFields, text } from '../page/form'
import { renderPage } from '../page/layout'
import { HOME, localPath, withQuery } from '../page/local-path'
import { type Refusal, readFormRefusal } from '../page/refusal'
import { requireCookies } from '../page/require-cookies'
import { connectIdentity, providerOf } from './connect-identity'

const PAGE = `${HOME}/sign-in/second-factor`

/** The page that asks for the second factor. It leads to the page `to`. With a provider, it first connects the identity that waits. */
export const secondFactorPath = (to: string, provider: ProviderId | null = null): string =>
  withQuery(PAGE, { to: to === HOME ? null : to, provider })

/**
 * Sends the visitor to the page that asks for the second factor, if that is why the API refused the log-in. The token waits in a cookie: it
 * is in no page and no address.
 */
export function askForSecondFactor(
  c: PageContext,
  { secondFactorToken }: Refusal,
  to: string,
  provider?: ProviderId,
): Response | null {
  if (secondFactorToken === undefined) return null
  setSecondFactor(c, secondFactorToken)
  return c.redirect(secondFactorPath(to, provider), 303)
}

/** The second step of a sign-in, of accounts that have a second factor. */
export const secondFactorRoutes = createPages()
  .get('/sign-in/second-factor', (c) => showForm(c, null))
  .post('/sign-in/second-factor', requireCookies, formFields({ code: text }), async (c) => {
    const secondFactorToken = getSecondFactor(c)
    if (secondFactorToken === undefined) return showForm(c, null)
    const { code } = c.req.valid('form')
    const answer = await c.var.api.auth['second-factor'].$post({ json: { secondFactorToken, code } })
    if (answer.status !== 200) {
      const refusal = await readFormRefusal(answer)
      if (refusal.errorCode === 'invalid_second_factor_token') removeSecondFactor(c)
      return showForm(c, refusal)
    }
    removeSecondFactor(c)
    removeChallenge(c)
    rememberSession(c, Date.now())
    const waiting = providerOf(c) === undefined ? null : getWaitingIdentity(c)
    return waiting ? connectIdentity(c, waiting, wantedPage(c)) : c.redirect(wantedPage(c), 303)
  })

const wantedPage = (c: PageContext): string => localPath(c.req.query('to'), c.req.url)

function showForm(c: PageContext, refusal: Refusal | null) {
  const { t } = c.var
  const signIn = withQuery(`${HOME}/sign-in`, { to: c.req.query('to') ?? null })
  const isOver = refusal?.errorCode === 'invalid_second_factor_token'
  if (!isOver && getSecondFactor(c) === undefined) return c.redirect(signIn, 303)
  return renderPage(
    c,
    { title: t.secondFactor.title, section: null, refusal },
    <>
      <h1>{t.secondFactor.title}</h1>
      <RefusalMessage t={t} refusal={refusal} />
      {!isOver && (
        <form method="post">
          <Input
            t={t}
            name="code"
            label={t.secondFactor.label}
            hint={t.secondFactor.hint}
            refusal={refusal}
            autocomplete="one-time-code"
            autocapitalize="characters"
            spellcheck={false}
            maxlength={40}
            required
            data-focus
          />
          <button type="submit">{t.code.submit}</button>
        </form>
      )}
      <p>
        <a href={signIn}>{t.secondFactor.again}</a>
      </p>
    </>,
  )
}
