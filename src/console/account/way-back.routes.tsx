import { createPages, type PageContext } from '../page/console-env'
import { getChallenge, removeChallenge } from '../page/cookies'
import { Input, RefusalMessage } from '../page/fields'
import { formFields, text } from '../page/form'
import { renderPage } from '../page/layout'
import { HOME } from '../page/local-path'
import { atField, type Refusal, readFormRefusal } from '../page/refusal'
import { requireCookies } from '../page/require-cookies'
import { showCodeStep } from '../sign-in/code-step'
import { readCodeRefusal, requestCode } from '../sign-in/request-code'
import { CurrentPassword } from './proof'

/** Where the link in a notice leads, which has to be short: to the page of that token. */
export const wayBackLinkRoutes = createPages().get('/:token', (c) => c.redirect(pathOf(c), 303))

const pathOf = (c: PageContext): string => `${HOME}/way-back/${encodeURIComponent(c.req.param('token') ?? '')}`

/**
 * Takes a change back. It needs no sign-in, but the link in the notice, and maybe one more proof: the API says which. Only the
 * forms act: mail scanners open links.
 */
export const wayBackRoutes = createPages()
  .get('/:token', (c) => showForm(c, { ways: '', to: '', refusal: null }))
  .post(
    '/:token',
    formFields({ ways: text, currentPassword: text.transform((password) => password || undefined) }),
    (c) => {
      const { ways, currentPassword } = c.req.valid('form')
      return takeBack(c, { password: currentPassword }, (refusal) => showForm(c, { ways, to: '', refusal }))
    },
  )
  .post('/:token/contact', requireCookies, formFields({ ways: text, to: text }), async (c) => {
    const { ways, to } = c.req.valid('form')
    const codePath = `${pathOf(c)}/code`
    const refusal = await requestCode(c, { purpose: 'verify', to, codePath })
    return refusal ? showForm(c, { ways, to, refusal: atField(refusal, '/to') }) : c.redirect(codePath, 303)
  })
  .get('/:token/code', (c) => showCodeForm(c, null))
  .post('/:token/code', formFields({ code: text, resend: text }), async (c) => {
    const { code, resend } = c.req.valid('form')
    const challenge = getChallenge(c)
    if (challenge?.purpose !== 'verify') return c.redirect(pathOf(c), 303)
    if (resend !== '') {
      const codePath = `${pathOf(c)}/code`
      const refusal = await requestCode(c, { ...challenge, codePath })
      return refusal ? showCodeForm(c, refusal) : c.redirect(codePath, 303)
    }
    const { challengeId } = challenge
    const answer = await c.var.api.auth.otp.verify.$post({ json: { challengeId, code } })
    if (answer.status !== 200) return showCodeForm(c, await readCodeRefusal(c, challenge, answer))
    removeChallenge(c)
    const { verificationToken } = await answer.json()
    return takeBack(c, { verificationToken }, (refusal) => showForm(c, { ways: '', to: challenge.to, refusal }))
  })

/** Takes the change back, and says so. `showRefusal` shows why it was refused. */
async function takeBack(
  c: PageContext,
  proof: { password?: string | undefined; verificationToken?: string },
  showRefusal: (refusal: Refusal) => Response | Promise<Response>,
) {
  const token = c.req.param('token') ?? ''
  const answer = await c.var.api.auth['way-back'].$post({ json: { token, ...proof } })
  if (answer.status !== 204) return showRefusal(await readFormRefusal(answer))
  const { wayBack } = c.var.t.contacts
  return renderPage(
    c,
    { title: wayBack.title, section: null },
    <>
      <h1>{wayBack.title}</h1>
      <p role="status">{wayBack.done}</p>
      <p>
        <a href={`${HOME}/sign-in`}>{c.var.t.back}</a>
      </p>
    </>,
  )
}

/** What the API said would do besides the link: `password_would_do`, `email_would_do`, `phone_would_do`. */
const waysIn = (refusal: Refusal | null): string[] =>
  (refusal?.fieldErrors ?? []).map(({ code }) => code).filter((code) => code.endsWith('_would_do'))

interface Form {
  /** What the API said would do, in an earlier refusal; with spaces between. */
  ways: string
  /** What was typed as the contact that gets a code. */
  to: string
  refusal: Refusal | null
}

function showForm(c: PageContext, { ways: waysBefore, to, refusal }: Form) {
  const { t } = c.var
  const { wayBack } = t.contacts
  const found = waysIn(refusal)
  const ways = found.length > 0 ? found : waysBefore.split(' ')
  const hidden = <input type="hidden" name="ways" value={ways.join(' ')} />
  const contacts = (['email', 'phone'] as const).filter((name) => ways.includes(`${name}_would_do`))
  const hasPassword = ways.includes('password_would_do')
  return renderPage(
    c,
    { title: wayBack.title, section: null, refusal },
    <>
      <h1>{wayBack.title}</h1>
      <p>{wayBack.text}</p>
      {found.length === 0 && <RefusalMessage t={t} refusal={refusal} />}
      {hasPassword && contacts.length > 0 && <p>{wayBack.either}</p>}
      {hasPassword && <p>{wayBack.password}</p>}
      {(hasPassword || contacts.length === 0) && (
        <form method="post" action={pathOf(c)}>
          {hidden}
          {hasPassword && <CurrentPassword t={t} label={t.signIn.password} refusal={refusal} data-focus />}
          <div class="actions">
            <button type="submit">{wayBack.submit}</button>
          </div>
        </form>
      )}
      {contacts.map((name) => (
        <form method="post" action={`${pathOf(c)}/contact`}>
          <p>{wayBack[name]}</p>
          {hidden}
          <Input t={t} name="to" label={t.contacts[name].title} refusal={refusal} value={to} required />
          <div class="actions">
            <button type="submit" class={hasPassword ? 'second' : undefined}>
              {t.signIn.submit}
            </button>
          </div>
        </form>
      ))}
    </>,
  )
}

async function showCodeForm(c: PageContext, refusal: Refusal | null) {
  const challenge = getChallenge(c)
  if (challenge?.purpose !== 'verify') return c.redirect(pathOf(c), 303)
  return showCodeStep(c, { challenge, refusal, changeHref: pathOf(c), section: null })
}
