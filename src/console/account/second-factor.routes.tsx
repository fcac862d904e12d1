import { createPages, type PageContext } from '../page/console-env'
import { getTotpSetUp, removeTotpSetUp, setTotpSetUp, type TotpSetUp } from '../page/cookies'
import { RefusalMessage } from '../page/fields'
import { flag, formFields, text } from '../page/form'
import { renderPage } from '../page/layout'
import { localPath, resumePath, SECOND_FACTOR, withQuery } from '../page/local-path'
import { Notice, redirectWithNotice, takeNotice } from '../page/notice'
import { type Refusal, readFormRefusal } from '../page/refusal'
import { lacksProof, proofFields, showProofPage } from './proof'
import { readSecondFactor } from './read-second-factor'
import { showRecoveryCodes } from './recovery-codes-page'
import { SecondFactorDetails, TurnOnForm } from './second-factor-overview'
import { SetUpPage } from './second-factor-set-up'

const SET_UP = `${SECOND_FACTOR}/set-up`

/**
 * Turns the second factor on, replaces it, and turns it off. Where this deployment requires one, somebody who has none is led here from
 * every page: `to` is the page that they wanted.
 */
export const accountSecondFactorRoutes = createPages()
  .get('/second-factor', (c) => showSecondFactor(c, null))
  .post('/second-factor/set-up', formFields({ to: text, hasExpired: flag, ...proofFields }), (c) =>
    beginSetUp(c, c.req.valid('form')),
  )
  .get('/second-factor/set-up', (c) => {
    const setUp = getTotpSetUp(c)
    if (setUp && !isOver(setUp)) return showSetUp(c, setUp, { to: c.req.query('to') ?? '', refusal: null })
    const path = withQuery(SECOND_FACTOR, { to: c.req.query('to') ?? null })
    removeTotpSetUp(c)
    return setUp ? redirectWithNotice(c, path, 'set_up_expired') : c.redirect(path, 303)
  })
  .post('/second-factor/confirm', formFields({ code: text, to: text }), async (c) => {
    const { code, to } = c.req.valid('form')
    const setUp = getTotpSetUp(c)
    if (!setUp) return redirectAfterSetUp(c, to)
    if (isOver(setUp)) return beginSetUp(c, { to, hasExpired: true })
    const answer = await c.var.api.users.me.totp.$put({ json: { code } })
    if (answer.status === 200) {
      removeTotpSetUp(c)
      const { recoveryCodes } = await answer.json()
      return showRecoveryCodes(c, { codes: recoveryCodes, because: setUp.replaces ? 'replaced' : 'turned_on', to })
    }
    const refusal = await readFormRefusal(answer)
    return (await isConfirmed(c, setUp)) ? redirectAfterSetUp(c, to) : showSetUp(c, setUp, { to, refusal })
  })
  .post('/second-factor/recovery-codes', formFields(proofFields), async (c) => {
    const answer = await c.var.api.users.me['recovery-codes'].$post({ json: c.req.valid('form') })
    if (answer.status !== 200) return showRefusal(c, await readFormRefusal(answer), c.var.t.twoStep.newCodes)
    return showRecoveryCodes(c, { codes: (await answer.json()).recoveryCodes, because: 'replaced', to: '' })
  })
  .post('/second-factor/off', formFields(proofFields), async (c) => {
    const answer = await c.var.api.users.me.totp.$delete({ json: c.req.valid('form') })
    if (answer.status !== 204) return showRefusal(c, await readFormRefusal(answer), c.var.t.twoStep.turnOff)
    return redirectWithNotice(c, SECOND_FACTOR, 'second_factor_off')
  })
  .post('/second-factor/kept', formFields({ to: text }), (c) => {
    const { to } = c.req.valid('form')
    // A session that could only set up a second factor can do everything after it is refreshed.
    const path = to === '' ? SECOND_FACTOR : resumePath(localPath(to, c.req.url))
    return redirectWithNotice(c, path, 'recovery_codes_kept')
  })

const isOver = ({ expiresAt }: TotpSetUp): boolean => Date.parse(expiresAt) <= Date.now()

/** Whether this set-up was confirmed already: the form was sent twice, or an answer got lost. */
async function isConfirmed(c: PageContext, { replaces }: TotpSetUp): Promise<boolean> {
  const secondFactor = await readSecondFactor(c)
  return secondFactor !== null && secondFactor.confirmedAt !== replaces
}

/** For a form that is sent again after its set-up. The recovery codes are gone from the screen then, and the next page says so. */
async function redirectAfterSetUp(c: PageContext, to: string): Promise<Response> {
  removeTotpSetUp(c)
  if ((await readSecondFactor(c)) === null) {
    return redirectWithNotice(c, withQuery(SECOND_FACTOR, { to: to || null }), 'set_up_expired')
  }
  return redirectWithNotice(c, to === '' ? SECOND_FACTOR : resumePath(SECOND_FACTOR), 'recovery_codes_gone')
}

interface BeginSetUp {
  to: string
  /** Whether a set-up before this one was not finished in time. */
  hasExpired: boolean
  currentPassword?: string | undefined
  secondFactorCode?: string | undefined
}

/** Begins a set-up. What it gives waits in a cookie, so that a wrong code, a reload and another language show the same QR code. */
async function beginSetUp(c: PageContext, { to, hasExpired, ...proof }: BeginSetUp) {
  const { api, t } = c.var
  const [before, answer] = await Promise.all([readSecondFactor(c), api.users.me.totp.$post({ json: proof })])
  if (answer.status === 200) {
    const { uri, expiresAt } = await answer.json()
    setTotpSetUp(c, { uri, expiresAt, replaces: before?.confirmedAt ?? null })
    const path = withQuery(SET_UP, { to: to || null })
    return hasExpired ? redirectWithNotice(c, path, 'set_up_again') : c.redirect(path, 303)
  }
  const refusal = await readFormRefusal(answer)
  if (!lacksProof(refusal)) return showSecondFactor(c, refusal, to)
  return showProofPage(c, {
    refusal,
    submit: t.code.submit,
    fields: { to, hasExpired: String(hasExpired) },
    backHref: withQuery(SECOND_FACTOR, { to: to || null }),
    action: SET_UP,
    ...(hasExpired && { notice: t.notices.set_up_expired }),
  })
}

/** Asks for a proof if only that is missing, else says what is wrong. `submit` is the text of the button. */
const showRefusal = (c: PageContext, refusal: Refusal, submit: string) =>
  lacksProof(refusal) ? showProofPage(c, { refusal, submit, backHref: SECOND_FACTOR }) : showSecondFactor(c, refusal)

/** Whether the account has a passkey. A session that may only set up a second factor cannot ask, and has none. */
async function hasOwnPasskey(c: PageContext): Promise<boolean> {
  const answer = await c.var.api.users.me.passkeys.$get()
  return answer.status === 200 && (await answer.json()).passkeys.length > 0
}

async function showSecondFactor(c: PageContext, refusal: Refusal | null, wanted = c.req.query('to') ?? '') {
  const { config, locale, t } = c.var
  const isRequired = config.REQUIRE_SECOND_FACTOR === 'all'
  const to = isRequired ? wanted : ''
  const secondFactor = await readSecondFactor(c)
  const hasPasskey = isRequired && !secondFactor && (await hasOwnPasskey(c))
  // Only the set-up is missing here, so the session gets a token that can do everything.
  if ((secondFactor || hasPasskey) && to !== '') return c.redirect(resumePath(localPath(to, c.req.url)), 303)
  return renderPage(
    c,
    { title: t.twoStep.title, section: 'account', refusal },
    <>
      <h1>{t.twoStep.title}</h1>
      <Notice t={t} notice={takeNotice(c)} />
      <RefusalMessage t={t} refusal={refusal} />
      {secondFactor ? (
        <SecondFactorDetails t={t} locale={locale} secondFactor={secondFactor} />
      ) : (
        <TurnOnForm t={t} to={to} orPasskey={isRequired} hasPasskey={hasPasskey} />
      )}
    </>,
  )
}

function showSetUp(c: PageContext, setUp: TotpSetUp, { to, refusal }: { to: string; refusal: Refusal | null }) {
  const { locale, t } = c.var
  return renderPage(
    c,
    { title: t.twoStep.setUp.title, section: 'account', refusal },
    <>
      <h1>{t.twoStep.setUp.title}</h1>
      <Notice t={t} notice={takeNotice(c)} />
      <SetUpPage t={t} locale={locale} setUp={setUp} to={to} refusal={refusal} />
    </>,
  )
}
