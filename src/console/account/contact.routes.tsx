import { type ContactName, channelOf } from '../../users/contacts'
import { createPages, type PageContext } from '../page/console-env'
import { type Challenge, getChallenge, removeChallenge, setChallenge } from '../page/cookies'
import { formFields, text } from '../page/form'
import { renderPage } from '../page/layout'
import { ACCOUNT } from '../page/local-path'
import { redirectWithNotice } from '../page/notice'
import { type Refusal, readFormRefusal } from '../page/refusal'
import { timeInWords } from '../page/time'
import { showCodeStep } from '../sign-in/code-step'
import { readCodeRefusal, requestCode } from '../sign-in/request-code'
import { showAsked } from './asked-page'
import { ContactPage } from './contact-page'
import { lacksProof, proofFields, readUser, showProofPage } from './proof'

// The group is needed: the router puts `^` and `$` around the pattern as it is.
const CONTACT = '/:contact{(?:email|phone)}' as const

/**
 * Adds, replaces and removes a contact. A new one is proven by a code that was sent to it. If the sign-in is no longer fresh,
 * users then also prove who they are.
 */
export const contactRoutes = createPages()
  .get(CONTACT, (c) => showContact(c, '', null))
  .post(CONTACT, formFields({ to: text }), async (c) => {
    const name = contactName(c)
    const { to } = c.req.valid('form')
    const codePath = `${ACCOUNT}/${name}/code`
    const refusal = await requestCode(c, { purpose: 'verify', channel: channelOf[name], to, codePath })
    return refusal ? showContact(c, to, refusal) : c.redirect(codePath, 303)
  })
  .get(`${CONTACT}/code`, async (c) => {
    const challenge = getContactChallenge(c)
    return challenge ? showCodeForm(c, challenge, null) : c.redirect(`${ACCOUNT}/${contactName(c)}`, 303)
  })
  .post(`${CONTACT}/code`, formFields({ code: text, resend: text, ...proofFields }), async (c) => {
    const name = contactName(c)
    const { code, resend, ...proof } = c.req.valid('form')
    const challenge = getContactChallenge(c)
    if (!challenge) return c.redirect(`${ACCOUNT}/${name}`, 303)
    const { challengeId, purpose, channel, to } = challenge
    if (resend !== '') {
      const codePath = `${ACCOUNT}/${name}/code`
      const refusal = await requestCode(c, { purpose, channel, to, codePath })
      return refusal ? showCodeForm(c, challenge, refusal) : c.redirect(codePath, 303)
    }

    let { verificationToken } = challenge
    if (verificationToken === undefined) {
      // If the session has to be resumed, do that before the code is used up: the form comes back with the same code.
      await readUser(c)
      const answer = await c.var.api.auth.otp.verify.$post({ json: { challengeId, code } })
      if (answer.status !== 200) return showCodeForm(c, challenge, await readCodeRefusal(c, challenge, answer))
      verificationToken = (await answer.json()).verificationToken
    }
    const answer = await c.var.api.users.me[name].$put({ json: { verificationToken, ...proof } })
    if (answer.status === 200) {
      removeChallenge(c)
      return redirectWithNotice(c, ACCOUNT, 'contact_saved')
    }
    if (answer.status === 202) return showWait(c, (await answer.json()).effectiveAt)
    const refusal = await readFormRefusal(answer)
    if (!lacksProof(refusal)) return showContact(c, to, refusal)
    setChallenge(c, { ...challenge, verificationToken })
    return showProofPage(c, { refusal, submit: c.var.t.save, backHref: `${ACCOUNT}/${name}` })
  })
  .post(`${CONTACT}/remove`, formFields(proofFields), async (c) => {
    const name = contactName(c)
    const answer = await c.var.api.users.me[name].$delete({ json: c.req.valid('form') })
    if (answer.status === 204) return redirectWithNotice(c, ACCOUNT, 'contact_removed')
    if (answer.status === 202) return showWait(c, (await answer.json()).effectiveAt)
    const refusal = await readFormRefusal(answer)
    if (!lacksProof(refusal)) return showContact(c, '', refusal, true)
    return showProofPage(c, { refusal, submit: c.var.t.contacts[name].remove, backHref: `${ACCOUNT}/${name}` })
  })

/** Says that the change has to wait, and until when. */
function showWait(c: PageContext, effectiveAt: string) {
  const { locale, t } = c.var
  return showAsked(c, t.contacts[contactName(c)].title, t.contacts.asked(timeInWords(locale, effectiveAt)))
}

/** The contact in the address of the page. */
const contactName = (c: PageContext): ContactName => (c.req.param('contact') === 'email' ? 'email' : 'phone')

/** The last code that this browser asked for, if it was for this contact. */
function getContactChallenge(c: PageContext): Challenge | null {
  const challenge = getChallenge(c)
  return challenge?.purpose === 'verify' && challenge.channel === channelOf[contactName(c)] ? challenge : null
}

async function showContact(c: PageContext, to: string, refusal: Refusal | null, isRemoval = false) {
  const { t } = c.var
  const name = contactName(c)
  const { user, proofNeeded } = await readUser(c)
  return renderPage(
    c,
    { title: t.contacts[name].title, section: 'account', refusal },
    <ContactPage
      t={t}
      name={name}
      current={user[name]}
      proofNeeded={proofNeeded}
      to={to}
      refusal={refusal}
      isRemoval={isRemoval}
    />,
  )
}

const showCodeForm = (c: PageContext, challenge: Challenge, refusal: Refusal | null) =>
  showCodeStep(c, { challenge, refusal, changeHref: `${ACCOUNT}/${contactName(c)}`, section: 'account' })
