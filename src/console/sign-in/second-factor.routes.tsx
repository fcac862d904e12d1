import { readTypedCode } from '../../log-in/second-factor/schemas'
import type { ProviderId } from '../../users/provider-ids'
import { readSecondFactor } from '../account/read-second-factor'
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
import { redirectWithNotice } from '../page/notice'
import { type Refusal, readFormRefusal } from '../page/refusal'
import { requireCookies } from '../page/require-cookies'
import type { Texts } from '../texts/texts'
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
  .post('/sign-in/second-factor', requireCookies, formFields({ code: text, recoveryCode: text }), async (c) => {
    const secondFactorToken = getSecondFactor(c)
    if (secondFactorToken === undefined) return showForm(c, null)
    const { code: appCode, recoveryCode } = c.req.valid('form')
    const code = recoveryCode || appCode
    const answer = await c.var.api.auth['second-factor'].$post({ json: { secondFactorToken, code } })
    if (answer.status !== 200) {
      const refusal = await readFormRefusal(answer)
      if (refusal.errorCode === 'invalid_second_factor_token') removeSecondFactor(c)
      return showForm(c, { ...refusal, field: recoveryCode ? 'recoveryCode' : 'code' })
    }
    removeSecondFactor(c)
    removeChallenge(c)
    rememberSession(c, Date.now())
    const waiting = providerOf(c) === undefined ? null : getWaitingIdentity(c)
    if (waiting) return connectIdentity(c, waiting, wantedPage(c))
    const isRecovery = readTypedCode(code).kind === 'recovery_code'
    return isRecovery ? tellOfCodesLeft(c) : c.redirect(wantedPage(c), 303)
  })

const wantedPage = (c: PageContext): string => localPath(c.req.query('to'), c.req.url)

/** After a sign-in by a recovery code, the next page says how many are left. */
async function tellOfCodesLeft(c: PageContext): Promise<Response> {
  // The sign-in has worked, whatever comes of this.
  const secondFactor = await readSecondFactor(c).catch(() => null)
  if (!secondFactor) return c.redirect(wantedPage(c), 303)
  return redirectWithNotice(c, wantedPage(c), 'recovery_code_used', { about: String(secondFactor.recoveryCodesLeft) })
}

/** Why a code was refused, and in which field it was. */
type CodeRefusal = Refusal & { field: 'code' | 'recoveryCode' }

function showForm(c: PageContext, refusal: CodeRefusal | null) {
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
      {isOver ? (
        <div class="actions">
          <a class="button" href={signIn} data-focus>
            {t.secondFactor.again}
          </a>
        </div>
      ) : (
        <>
          <CodeForms t={t} refusal={refusal} />
          <p>
            <a href={signIn}>{t.secondFactor.again}</a>
          </p>
        </>
      )}
    </>,
  )
}

/** One form for a code of the app, and one for a recovery code. Telephones show other keys for each. */
function CodeForms({ t, refusal }: { t: Texts; refusal: CodeRefusal | null }) {
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
          data-focus={!isLost || undefined}
        />
        <button type="submit">{t.code.submit}</button>
      </form>
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
    </>
  )
}
