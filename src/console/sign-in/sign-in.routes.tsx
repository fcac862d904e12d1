import type { Context } from 'hono'
import { type ConsoleEnv, createPages } from '../page/console-env'
import { type Challenge, getChallenge, isResumable, removeChallenge, setResumable } from '../page/cookies'
import { digits, form, trimmed, typed } from '../page/form'
import { renderPage } from '../page/layout'
import { HOME, localPath, withQuery } from '../page/local-path'
import { type Refusal, refusalOf } from '../page/refusal'
import { CodeStep } from './code-step'
import { findLocalMessage, requestCode } from './request-code'
import { PasswordForm, RecipientForm, SignUpForm } from './sign-in-forms'

export const signInRoutes = createPages()
  // Who has a session goes on with it: a second one would take its cookies, and nothing but another device could end it.
  .on('GET', ['/sign-in', '/sign-in/password', '/sign-up'], async (c, next) => {
    if (isResumable(c, Date.now())) return c.redirect(localPath(c.req.query('to'), c.req.url), 303)
    return next()
  })
  .get('/sign-in', (c) => showRecipientForm(c, getChallenge(c)?.to ?? '', null))
  .post('/sign-in', form({ recipient: trimmed }), async (c) => {
    const to = c.req.valid('form').recipient
    const refusal = await requestCode(c, { purpose: 'log_in', to })
    return refusal ? showRecipientForm(c, to, refusal) : c.redirect(pathWithin(c, '/sign-in/code'), 303)
  })
  .get('/sign-in/code', (c) => showCodeForm(c, getChallenge(c), null))
  .post('/sign-in/code', form({ code: digits, resend: typed }), async (c) => {
    const { code, resend } = c.req.valid('form')
    const challenge = getChallenge(c)
    if (challenge?.purpose !== 'log_in') return c.redirect(pathWithin(c, '/sign-in'), 303)
    const { challengeId, purpose, to } = challenge
    if (resend !== '') {
      const refusal = await requestCode(c, { purpose, to })
      return refusal ? showCodeForm(c, challenge, refusal) : c.redirect(pathWithin(c, '/sign-in/code'), 303)
    }
    const answer = await c.var.api.auth.otp['log-in'].$post({ json: { challengeId, code } })
    if (answer.status !== 200 && answer.status !== 201) return showCodeForm(c, challenge, await refusalOf(answer))
    removeChallenge(c)
    return welcome(c, answer.status === 201)
  })
  .get('/sign-in/password', (c) => showPasswordForm(c, '', null))
  .post('/sign-in/password', form({ identifier: trimmed, password: typed }), async (c) => {
    const json = c.req.valid('form')
    const answer = await c.var.api.auth['log-in'].$post({ json })
    return answer.status === 200 ? welcome(c, false) : showPasswordForm(c, json.identifier, await refusalOf(answer))
  })
  .get('/sign-up', (c) => showSignUpForm(c, '', null))
  .post('/sign-up', form({ username: trimmed, password: typed }), async (c) => {
    const json = c.req.valid('form')
    const answer = await c.var.api.auth['sign-up'].$post({ json })
    return answer.status === 201 ? welcome(c, true) : showSignUpForm(c, json.username, await refusalOf(answer))
  })

type Page = Context<ConsoleEnv>

/** Another step of signing in, on the way to the same page. */
const pathWithin = (c: Page, path: string): string => withQuery(HOME + path, { to: c.req.query('to') ?? null })

/** To the page that was wanted, by somebody whose session has begun. */
function welcome(c: Page, isNew: boolean): Response {
  setResumable(c, Date.now())
  const to = localPath(c.req.query('to'), c.req.url)
  return c.redirect(isNew ? withQuery(to, { notice: 'welcome' }) : to, 303)
}

function showRecipientForm(c: Page, recipient: string, refusal: Refusal | null) {
  const { t } = c.var.reader
  const links = { password: pathWithin(c, '/sign-in/password'), signUp: pathWithin(c, '/sign-up') }
  return renderPage(
    c,
    { title: t.signIn.title, section: null, refusal },
    <RecipientForm t={t} recipient={recipient} refusal={refusal} notice={c.req.query('notice')} links={links} />,
  )
}

async function showCodeForm(c: Page, challenge: Challenge | null, refusal: Refusal | null) {
  const changeHref = pathWithin(c, '/sign-in')
  if (challenge?.purpose !== 'log_in') return c.redirect(changeHref, 303)
  const { t } = c.var.reader
  const message = await findLocalMessage(c, challenge)
  return renderPage(
    c,
    { title: t.code.title, section: null, refusal },
    <CodeStep t={t} challenge={challenge} refusal={refusal} message={message} changeHref={changeHref} />,
  )
}

function showPasswordForm(c: Page, identifier: string, refusal: Refusal | null) {
  const { t } = c.var.reader
  const links = { code: pathWithin(c, '/sign-in'), signUp: pathWithin(c, '/sign-up') }
  return renderPage(
    c,
    { title: t.signIn.title, section: null, refusal },
    <PasswordForm t={t} identifier={identifier} refusal={refusal} links={links} />,
  )
}

function showSignUpForm(c: Page, username: string, refusal: Refusal | null) {
  const { t } = c.var.reader
  const links = { signIn: pathWithin(c, '/sign-in') }
  const minLength = c.var.config.PASSWORD_MIN_LENGTH
  return renderPage(
    c,
    { title: t.signUp.title, section: null, refusal },
    <SignUpForm t={t} username={username} refusal={refusal} minLength={minLength} links={links} />,
  )
}
