import { type ErrorCode, isErrorCode } from '../../errors'
import { getWaitingCookie } from '../../log-in/second-factor/waiting-cookie'
import { createPages, type PageContext } from '../page/console-env'
import {
  bringsCookies,
  type Challenge,
  getChallenge,
  getWaitingIdentity,
  rememberSession,
  removeChallenge,
  type WaitingIdentity,
} from '../page/cookies'
import { Field, RefusalMessage } from '../page/fields'
import { formFields, text } from '../page/form'
import { renderPage } from '../page/layout'
import { HOME, localPath, withQuery } from '../page/local-path'
import type { Refusal } from '../page/refusal'
import { CookieHelp } from '../page/require-cookies'
import { showCodeStep } from './code-step'
import { connectIdentity, nameOf, providerOf } from './connect-identity'
import { pageAfterSignIn, startPath } from './provider-buttons'
import { readCodeRefusal, requestCode } from './request-code'
import { redirectToSecondFactor, secondFactorPath } from './second-factor.routes'

const SOCIAL = `${HOME}/social`

/**
 * The pages for a log-in by a provider that did not work. If an account has the address that the provider has verified, its owner
 * proves by a code that they get its mail. The API keeps the identity in a cookie until then: it is in no page and no address.
 */
export const socialRoutes = createPages()
  .get('/', (c) => {
    const errorCode = c.req.query('error') ?? ''
    if (errorCode === 'second_factor_required' && getWaitingCookie(c) !== null) {
      return c.redirect(secondFactorPath(wantedPage(c)), 303)
    }
    const waiting = errorCode === 'identity_needs_proof' ? getWaitingIdentity(c) : null
    return waiting ? showProofForm(c, waiting, null) : showFailure(c, isErrorCode(errorCode) ? errorCode : null)
  })
  .post('/proof', async (c) => {
    const waiting = getWaitingIdentity(c)
    if (!waiting) return showFailure(c, 'identity_needs_proof')
    const codePath = stepPath(c, '/code')
    const refusal = await requestCode(c, { purpose: 'log_in', channel: 'email', to: waiting.email, codePath })
    return refusal ? showProofForm(c, waiting, refusal) : c.redirect(codePath, 303)
  })
  .get('/code', (c) => showCodeForm(c, null))
  .post('/code', formFields({ code: text, resend: text }), async (c) => {
    const { code, resend } = c.req.valid('form')
    const waiting = getWaitingIdentity(c)
    const challenge = getChallenge(c)
    if (!waiting || !isFor(challenge, waiting)) return showFailure(c, 'identity_needs_proof')
    if (resend !== '') {
      const codePath = stepPath(c, '/code')
      const refusal = await requestCode(c, { ...challenge, codePath })
      return refusal ? showCodeForm(c, refusal) : c.redirect(codePath, 303)
    }
    const { challengeId } = challenge
    const answer = await c.var.api.auth.otp['log-in'].$post({ json: { challengeId, code } })
    if (answer.status !== 200 && answer.status !== 201) {
      const refusal = await readCodeRefusal(c, challenge, answer)
      return redirectToSecondFactor(c, refusal, wantedPage(c), providerOf(c)) ?? showCodeForm(c, refusal)
    }
    removeChallenge(c)
    rememberSession(c, Date.now())
    return connectIdentity(c, waiting, wantedPage(c))
  })

/** The page that the visitor wanted when they began. */
const wantedPage = (c: PageContext): string => pageAfterSignIn(localPath(c.req.query('returnTo'), c.req.url), c.req.url)

/** The address of another step. It keeps the provider, and which page the visitor wanted. */
const stepPath = (c: PageContext, path: string): string =>
  withQuery(SOCIAL + path, { provider: c.req.query('provider') ?? null, returnTo: c.req.query('returnTo') ?? null })

const signInPath = (to: string): string => withQuery(`${HOME}/sign-in`, { to: to === HOME ? null : to })

/** Whether a code was asked for to prove the address of this identity. */
const isFor = (challenge: Challenge | null, { email }: WaitingIdentity): challenge is Challenge =>
  challenge?.purpose === 'log_in' && challenge.to === email

/** Says what has happened, and what to do now. */
function showFailure(c: PageContext, errorCode: ErrorCode | null) {
  const { t } = c.var
  const id = providerOf(c)
  const name = nameOf(c)
  const title =
    errorCode === 'log_in_cancelled' ? t.social.cancelled : name ? t.social.failed(name) : t.social.failedSomewhere
  const to = wantedPage(c)
  return renderPage(
    c,
    { title, section: null },
    <>
      <h1>{title}</h1>
      {errorCode && <p role="alert">{(name && t.social.problem(errorCode, name)) ?? t.error(errorCode)}</p>}
      {errorCode === 'invalid_state' && !bringsCookies(c) && (
        <>
          <p>{t.cookies.ifBegunHere}</p>
          <CookieHelp t={t} requestUrl={c.req.url} />
        </>
      )}
      <div class="actions">
        {id && (
          <a class="button" href={startPath(id, to)}>
            {t.social.tryAgain}
          </a>
        )}
        <a class="button second" href={signInPath(to)}>
          {t.social.otherWays}
        </a>
      </div>
    </>,
  )
}

/** Offers to send a code to the address that the provider has verified. */
function showProofForm(c: PageContext, { email }: WaitingIdentity, refusal: Refusal | null) {
  const { t } = c.var
  const { title, text: explain, email: label } = t.social.proof
  return renderPage(
    c,
    { title, section: null, refusal },
    <>
      <h1>{title}</h1>
      <p>{explain(nameOf(c) ?? '')}</p>
      <RefusalMessage t={t} refusal={refusal} />
      <form method="post" action={stepPath(c, '/proof')}>
        <Field
          t={t}
          name="email"
          label={label}
          refusal={null}
          control={(attributes) => <input type="email" value={email} readonly {...attributes} />}
        />
        <button type="submit" data-focus>
          {t.signIn.submit}
        </button>
      </form>
      <p>
        <a href={signInPath(wantedPage(c))}>{t.social.otherWays}</a>
      </p>
    </>,
  )
}

async function showCodeForm(c: PageContext, refusal: Refusal | null) {
  const waiting = getWaitingIdentity(c)
  const challenge = getChallenge(c)
  if (!waiting || !isFor(challenge, waiting)) return showFailure(c, 'identity_needs_proof')
  return showCodeStep(c, { challenge, refusal, changeHref: signInPath(wantedPage(c)), section: null })
}
