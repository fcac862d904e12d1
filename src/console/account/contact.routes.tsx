import type { Context } from 'hono'
import { type ContactName, channelOf } from '../../users/contacts'
import { type ConsoleEnv, createPages } from '../page/console-env'
import { type Challenge, getChallenge, removeChallenge, setChallenge } from '../page/cookies'
import { digits, form, trimmed, typed } from '../page/form'
import { renderPage } from '../page/layout'
import { ACCOUNT, withQuery } from '../page/local-path'
import { type Refusal, refusalOf } from '../page/refusal'
import { CodeStep } from '../sign-in/code-step'
import { findLocalMessage, requestCode } from '../sign-in/request-code'
import { ContactPage } from './contact-page'
import { currentPassword, lacksProof, readUser, showProof } from './proof'

// In a group: the router sets `^` and `$` around it as it stands.
const CONTACT = '/:contact{(?:email|phone)}' as const

/** A contact is given by a code that was sent to it, and then, where the sign-in is not fresh, by the proof of who gives it. */
export const contactRoutes = createPages()
  .get(CONTACT, (c) => showContact(c, '', null))
  .post(CONTACT, form({ to: trimmed }), async (c) => {
    const name = nameOf(c)
    const { to } = c.req.valid('form')
    const refusal = await requestCode(c, { purpose: 'verify', channel: channelOf[name], to })
    return refusal ? showContact(c, to, refusal) : c.redirect(`${ACCOUNT}/${name}/code`, 303)
  })
  .get(`${CONTACT}/code`, async (c) => {
    const challenge = challengeFor(c)
    return challenge ? showCodeForm(c, challenge, null) : c.redirect(`${ACCOUNT}/${nameOf(c)}`, 303)
  })
  .post(`${CONTACT}/code`, form({ code: digits, resend: typed, currentPassword }), async (c) => {
    const name = nameOf(c)
    const { code, resend, currentPassword } = c.req.valid('form')
    const challenge = challengeFor(c)
    if (!challenge) return c.redirect(`${ACCOUNT}/${name}`, 303)
    const { challengeId, purpose, channel, to } = challenge
    if (resend !== '') {
      const refusal = await requestCode(c, { purpose, channel, to })
      return refusal ? showCodeForm(c, challenge, refusal) : c.redirect(`${ACCOUNT}/${name}/code`, 303)
    }

    let { verificationToken } = challenge
    if (verificationToken === undefined) {
      // A session that has to be resumed is resumed now: after it the same form would come with a code that is spent.
      await readUser(c)
      const answer = await c.var.api.auth.otp.verify.$post({ json: { challengeId, code } })
      if (answer.status !== 200) return showCodeForm(c, challenge, await refusalOf(answer))
      verificationToken = (await answer.json()).verificationToken
    }
    const answer = await c.var.api.users.me[name].$put({ json: { verificationToken, currentPassword } })
    if (answer.status === 200) {
      removeChallenge(c)
      return c.redirect(withQuery(ACCOUNT, { notice: 'contact_saved' }), 303)
    }
    const refusal = await refusalOf(answer)
    if (!lacksProof(refusal)) return showContact(c, to, refusal)
    setChallenge(c, { ...challenge, verificationToken })
    return showProof(c, { refusal, submit: c.var.reader.t.save, back: `${ACCOUNT}/${name}` })
  })
  .post(`${CONTACT}/remove`, form({ currentPassword }), async (c) => {
    const name = nameOf(c)
    const answer = await c.var.api.users.me[name].$delete({ json: c.req.valid('form') })
    if (answer.status === 204) return c.redirect(withQuery(ACCOUNT, { notice: 'contact_removed' }), 303)
    const refusal = await refusalOf(answer)
    const submit = c.var.reader.t.contacts[name].remove
    return lacksProof(refusal)
      ? showProof(c, { refusal, submit, back: `${ACCOUNT}/${name}` })
      : showContact(c, '', refusal)
  })

type Page = Context<ConsoleEnv>

const nameOf = (c: Page): ContactName => (c.req.param('contact') === 'email' ? 'email' : 'phone')

/** What this browser has asked a code for, if that was for this contact. */
function challengeFor(c: Page): Challenge | null {
  const challenge = getChallenge(c)
  return challenge?.purpose === 'verify' && challenge.channel === channelOf[nameOf(c)] ? challenge : null
}

async function showContact(c: Page, to: string, refusal: Refusal | null) {
  const { t } = c.var.reader
  const name = nameOf(c)
  const { user, proof } = await readUser(c)
  return renderPage(
    c,
    { title: t.contacts[name].title, section: 'account', refusal },
    <ContactPage t={t} name={name} now={user[name]} proof={proof} to={to} refusal={refusal} />,
  )
}

async function showCodeForm(c: Page, challenge: Challenge, refusal: Refusal | null) {
  const { t } = c.var.reader
  const message = await findLocalMessage(c, challenge)
  const changeHref = `${ACCOUNT}/${nameOf(c)}`
  return renderPage(
    c,
    { title: t.code.title, section: 'account', refusal },
    <CodeStep t={t} challenge={challenge} refusal={refusal} message={message} changeHref={changeHref} />,
  )
}
