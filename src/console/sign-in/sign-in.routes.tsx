import { AppError } from '../../errors'
import { hasPasswords } from '../../log-in/password/passwords-off'
import { createPages, type PageContext } from '../page/console-env'
import {
  bringsCookies,
  type Challenge,
  getChallenge,
  hasPasskey,
  probeCookies,
  rememberSession,
  removeChallenge,
  shouldResume,
} from '../page/cookies'
import { formFields, text } from '../page/form'
import { renderPage } from '../page/layout'
import { HOME, localPath, withQuery } from '../page/local-path'
import { redirectWithNotice, takeNotice } from '../page/notice'
import { atField, type Refusal, readFormRefusal } from '../page/refusal'
import { requireCookies } from '../page/require-cookies'
import { showCodeStep } from './code-step'
import { type PasskeyRefusal, PasskeySignIn } from './passkey-sign-in'
import { readProviders } from './provider-buttons'
import { readCodeRefusal, requestCode } from './request-code'
import { redirectToSecondFactor } from './second-factor.routes'
import { PasswordSignInForm, RecipientForm, SignUpForm } from './sign-in-forms'

const CODE = '/sign-in/code'

export const signInRoutes = createPages()
  // A visitor with a session keeps it. A second one would overwrite its cookies, and only other devices could end the first.
  .on('GET', ['/sign-in', '/sign-in/password', '/sign-up'], async (c, next) => {
    if (shouldResume(c, Date.now())) return c.redirect(wantedPage(c), 303)
    // So that the form brings a cookie, if the browser keeps any.
    if (!bringsCookies(c)) probeCookies(c)
    return next()
  })
  .on(['GET', 'POST'], ['/sign-in/password', '/sign-up'], async (c, next) => {
    if (!hasPasswords(c.var.config)) throw new AppError('not_found')
    return next()
  })
  .on('POST', ['/sign-in', CODE, '/sign-in/password', '/sign-up'], requireCookies)
  .get('/sign-in', (c) => showRecipientForm(c, getChallenge(c)?.to ?? '', null))
  .post('/sign-in', formFields({ recipient: text }), async (c) => {
    const { recipient } = c.req.valid('form')
    const refusal = await requestCode(c, { purpose: 'log_in', to: recipient, codePath: signInPath(c, CODE) })
    return refusal ? showRecipientForm(c, recipient, refusal) : c.redirect(signInPath(c, CODE), 303)
  })
  .get(CODE, (c) => showCodeForm(c, getChallenge(c), null))
  .post(CODE, formFields({ code: text, resend: text }), async (c) => {
    const { code, resend } = c.req.valid('form')
    const challenge = getChallenge(c)
    if (challenge?.purpose !== 'log_in') return c.redirect(signInPath(c, '/sign-in'), 303)
    const { challengeId, purpose, to } = challenge
    if (resend !== '') {
      const codePath = signInPath(c, CODE)
      const refusal = await requestCode(c, { purpose, to, codePath })
      return refusal ? showCodeForm(c, challenge, refusal) : c.redirect(codePath, 303)
    }
    const answer = await c.var.api.auth.otp['log-in'].$post({ json: { challengeId, code } })
    if (answer.status !== 200 && answer.status !== 201) {
      const refusal = await readCodeRefusal(c, challenge, answer)
      return redirectToSecondFactor(c, refusal, wantedPage(c)) ?? showCodeForm(c, challenge, refusal)
    }
    removeChallenge(c)
    return finishSignIn(c, { isNewAccount: answer.status === 201 })
  })
  // A log-in by a provider comes back to here. The API has set the cookies of its session.
  .get('/sign-in/done', async (c) => {
    const answer = await c.var.api.auth.session.$get()
    // The session may only set up a second factor. The page that the visitor wanted leads to the page for that.
    if (answer.status === 403) return finishSignIn(c, { isNewAccount: false })
    if (answer.status !== 200) return c.redirect(signInPath(c, '/sign-in'), 303)
    const { session, user } = await answer.json()
    return finishSignIn(c, { isNewAccount: user.createdAt === session.createdAt })
  })
  .get('/sign-in/password', (c) => showPasswordForm(c, '', null))
  .post('/sign-in/password', formFields({ identifier: text, password: text }), async (c) => {
    const json = c.req.valid('form')
    const answer = await c.var.api.auth['log-in'].$post({ json })
    if (answer.status !== 200) {
      const refusal = await readFormRefusal(answer)
      return redirectToSecondFactor(c, refusal, wantedPage(c)) ?? showPasswordForm(c, json.identifier, refusal)
    }
    return finishSignIn(c, { isNewAccount: false })
  })
  .get('/sign-up', (c) => showSignUpForm(c, '', null))
  .post('/sign-up', formFields({ username: text, password: text }), async (c) => {
    const json = c.req.valid('form')
    const answer = await c.var.api.auth['sign-up'].$post({ json })
    if (answer.status !== 201) return showSignUpForm(c, json.username, await readFormRefusal(answer))
    return finishSignIn(c, { isNewAccount: true })
  })

/** The address of another step of the sign-in. It keeps where the visitor wanted to go. */
export const signInPath = (c: PageContext, path: string): string =>
  withQuery(HOME + path, { to: c.req.query('to') ?? null })

/** The page that the visitor wanted when they were asked to sign in. */
const wantedPage = (c: PageContext): string => localPath(c.req.query('to'), c.req.url)

/** Sends a user whose session has just begun to the page that they wanted. */
export function finishSignIn(
  c: PageContext,
  { isNewAccount, offersPasskey = true }: { isNewAccount: boolean; offersPasskey?: boolean },
): Response {
  rememberSession(c, Date.now(), { offersPasskey })
  const to = wantedPage(c)
  return isNewAccount ? redirectWithNotice(c, to, 'welcome') : c.redirect(to, 303)
}

/** The field takes both. What is no e-mail address was tried as a number, and need not have been meant as one. */
const ofEither = (refusal: Refusal | null): Refusal | null =>
  refusal && {
    ...refusal,
    fieldErrors: refusal.fieldErrors.map((one) =>
      one.code === 'invalid_phone' ? { ...one, code: 'invalid_contact' } : one,
    ),
  }

/** The first page of the sign-in. `passkeyRefusal` is why a passkey did not sign in. */
export async function showRecipientForm(
  c: PageContext,
  recipient: string,
  refusal: Refusal | null,
  passkeyRefusal: PasskeyRefusal | null = null,
) {
  const { t } = c.var
  const providers = await readProviders(c)
  const to = wantedPage(c)
  const notice = takeNotice(c)
  const passkeyFirst = hasPasskey(c)
  const links = hasPasswords(c.var.config)
    ? { password: signInPath(c, '/sign-in/password'), signUp: signInPath(c, '/sign-up') }
    : null
  return renderPage(
    c,
    { title: t.signIn.title, section: null, refusal: refusal ?? passkeyRefusal },
    <RecipientForm
      t={t}
      action={signInPath(c, '/sign-in')}
      recipient={recipient}
      refusal={ofEither(atField(refusal, '/to'))}
      notice={notice}
      providers={providers}
      to={to}
      links={links}
      passkeyFirst={passkeyFirst}
    >
      <PasskeySignIn t={t} action={signInPath(c, '/sign-in/passkey')} refusal={passkeyRefusal} isFirst={passkeyFirst} />
    </RecipientForm>,
  )
}

async function showCodeForm(c: PageContext, challenge: Challenge | null, refusal: Refusal | null) {
  const changeHref = signInPath(c, '/sign-in')
  if (challenge?.purpose !== 'log_in') return c.redirect(changeHref, 303)
  return showCodeStep(c, { challenge, refusal, changeHref, section: null })
}

function showPasswordForm(c: PageContext, identifier: string, refusal: Refusal | null) {
  const { t } = c.var
  const links = { code: signInPath(c, '/sign-in'), signUp: signInPath(c, '/sign-up') }
  return renderPage(
    c,
    { title: t.signIn.title, section: null, refusal },
    <PasswordSignInForm t={t} identifier={identifier} refusal={refusal} links={links}>
      <PasskeySignIn t={t} action={signInPath(c, '/sign-in/passkey')} refusal={null} />
    </PasswordSignInForm>,
  )
}

function showSignUpForm(c: PageContext, username: string, refusal: Refusal | null) {
  const { t } = c.var
  const links = { signIn: signInPath(c, '/sign-in') }
  const minLength = c.var.config.PASSWORD_MIN_LENGTH
  return renderPage(
    c,
    { title: t.signUp.title, section: null, refusal },
    <SignUpForm t={t} username={username} refusal={refusal} minLength={minLength} links={links} />,
  )
}
