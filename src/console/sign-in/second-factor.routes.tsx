import { logInResponseSchema } from '../../log-in/passkey/schemas'
import { readTypedCode } from '../../log-in/second-factor/schemas'
import {
  getWaitingCookie,
  removeWaitingCookie,
  setWaitingCookie,
  type WaitingCookie,
} from '../../log-in/second-factor/waiting-cookie'
import type { ProviderId } from '../../users/provider-ids'
import { readSecondFactor } from '../account/read-second-factor'
import { createPages, type PageContext } from '../page/console-env'
import { getWaitingIdentity, rememberPasskey, rememberSession, removeChallenge } from '../page/cookies'
import { RefusalMessage } from '../page/fields'
import { formFields, text } from '../page/form'
import { renderPage } from '../page/layout'
import { HOME, localPath, withQuery } from '../page/local-path'
import { redirectWithNotice } from '../page/notice'
import { NOT_A_PASSKEY, readAnswer } from '../page/passkey-answer'
import { type Refusal, readFormRefusal } from '../page/refusal'
import { requireCookies } from '../page/require-cookies'
import { connectIdentity, providerOf } from './connect-identity'
import { type PasskeyRefusal, PasskeySignIn, toPasskeyRefusal } from './passkey-sign-in'
import { CodeForms, type CodeRefusal } from './second-factor-forms'

const PAGE = `${HOME}/sign-in/second-factor`

/** The page that asks for the second factor. It leads to the page `to`. With a provider, it first connects the identity that waits. */
export const secondFactorPath = (to: string, provider: ProviderId | null = null): string =>
  withQuery(PAGE, { to: to === HOME ? null : to, provider })

/** Sends the visitor to the page that asks for the second factor, if that is why the API refused the log-in. */
export function redirectToSecondFactor(
  c: PageContext,
  { waiting }: Refusal,
  to: string,
  provider?: ProviderId,
): Response | null {
  if (!waiting) return null
  setWaitingCookie(c, waiting)
  return c.redirect(secondFactorPath(to, provider), 303)
}

/** Why the second factor was refused: a code at its field, or a passkey. */
type FactorRefusal = CodeRefusal | (PasskeyRefusal & { field: 'passkey' })

/** The second step of a sign-in, of accounts that have a second factor. */
export const secondFactorRoutes = createPages()
  .get('/sign-in/second-factor', (c) => showForm(c, null))
  .post(
    '/sign-in/second-factor',
    requireCookies,
    formFields({ code: text, recoveryCode: text, response: text }),
    async (c) => {
      const waiting = getWaitingCookie(c)
      if (!waiting) return showForm(c, null)
      const { code, recoveryCode, response } = c.req.valid('form')
      const typed = { code: recoveryCode || code, field: recoveryCode ? ('recoveryCode' as const) : ('code' as const) }
      const refusal = response ? await sendPasskey(c, waiting, response) : await sendCode(c, waiting, typed)
      if (refusal?.errorCode === 'invalid_second_factor_token') removeWaitingCookie(c)
      if (refusal) return showForm(c, refusal)
      removeWaitingCookie(c)
      removeChallenge(c)
      rememberSession(c, Date.now())
      if (response) rememberPasskey(c)
      const identity = providerOf(c) === undefined ? null : getWaitingIdentity(c)
      if (identity) return connectIdentity(c, identity, wantedPage(c))
      const isRecovery = response === '' && readTypedCode(typed.code).kind === 'recovery_code'
      return isRecovery ? tellOfCodesLeft(c) : c.redirect(wantedPage(c), 303)
    },
  )

/** @returns why the code was refused; null if the session has begun */
async function sendCode(
  c: PageContext,
  { secondFactorToken }: WaitingCookie,
  { code, field }: { code: string; field: CodeRefusal['field'] },
): Promise<FactorRefusal | null> {
  const answer = await c.var.api.auth['second-factor'].$post({ json: { secondFactorToken, code } })
  return answer.status === 200 ? null : { ...(await readFormRefusal(answer)), field }
}

/**
 * Passes on what passkeys.js got from the browser.
 * @returns why it was refused; null if the session has begun
 */
async function sendPasskey(
  c: PageContext,
  { secondFactorToken }: WaitingCookie,
  field: string,
): Promise<FactorRefusal | null> {
  const response = readAnswer(logInResponseSchema, field)
  if (!response) return { ...NOT_A_PASSKEY, field: 'passkey', unknown: null }
  const answer = await c.var.api.auth['second-factor'].$post({ json: { secondFactorToken, response } })
  if (answer.status === 200) return null
  return { ...toPasskeyRefusal(c, await readFormRefusal(answer), response.id), field: 'passkey' }
}

const wantedPage = (c: PageContext): string => localPath(c.req.query('to'), c.req.url)

/** After a sign-in by a recovery code, the next page says how many are left. */
async function tellOfCodesLeft(c: PageContext): Promise<Response> {
  // The sign-in has worked, whatever comes of this.
  const secondFactor = await readSecondFactor(c).catch(() => null)
  if (!secondFactor) return c.redirect(wantedPage(c), 303)
  return redirectWithNotice(c, wantedPage(c), 'recovery_code_used', { about: String(secondFactor.recoveryCodesLeft) })
}

function showForm(c: PageContext, refusal: FactorRefusal | null) {
  const { t } = c.var
  const signIn = withQuery(`${HOME}/sign-in`, { to: c.req.query('to') ?? null })
  const isOver = refusal?.errorCode === 'invalid_second_factor_token'
  const waiting = getWaitingCookie(c)
  if (!isOver && !waiting) return c.redirect(signIn, 303)
  return renderPage(
    c,
    { title: t.secondFactor.title, section: null, refusal },
    <>
      <h1>{t.secondFactor.title}</h1>
      {isOver || !waiting ? (
        <>
          <RefusalMessage t={t} refusal={refusal} />
          <div class="actions">
            <a class="button" href={signIn} data-focus>
              {t.secondFactor.again}
            </a>
          </div>
        </>
      ) : (
        <>
          <Ways c={c} methods={waiting.methods} refusal={refusal} />
          <p>
            <a href={signIn}>{t.secondFactor.again}</a>
          </p>
        </>
      )}
    </>,
  )
}

/** A form for each way to go on that the account has. */
function Ways({
  c,
  methods,
  refusal,
}: {
  c: PageContext
  methods: WaitingCookie['methods']
  refusal: FactorRefusal | null
}) {
  const { t } = c.var
  const hasApp = methods.includes('totp')
  const hasPasskey = methods.includes('passkey')
  const [ofCode, ofPasskey] = refusal?.field === 'passkey' ? [null, refusal] : [refusal, null]
  return (
    <>
      <RefusalMessage t={t} refusal={ofCode} />
      {hasApp && <CodeForms t={t} refusal={ofCode} hasRecoveryCodes={methods.includes('recovery_code')} />}
      {hasPasskey && !hasApp && <p>{t.secondFactor.onlyPasskey}</p>}
      {hasPasskey && <PasskeySignIn t={t} action={withQuery(PAGE, c.req.query())} refusal={ofPasskey} />}
    </>
  )
}
