import { AppError } from '../../errors'
import { isOwnRequest } from '../../http/csrf'
import { hasPasswords } from '../../log-in/password/passwords-off'
import { createPages, type PageContext } from '../page/console-env'
import { forgetUser } from '../page/cookies'
import { formFields, text } from '../page/form'
import { renderPage } from '../page/layout'
import { ACCOUNT, HOME } from '../page/local-path'
import { redirectWithNotice, takeNotice } from '../page/notice'
import { type Refusal, readFormRefusal, toAppError } from '../page/refusal'
import { DeletionForm, NewPasswordForm, type ProfileFields, ProfileForm, profileFields } from './account-forms'
import { showOverview } from './account-overview'
import { calendarRoutes } from './calendar.routes'
import { contactRoutes } from './contact.routes'
import { deviceRoutes } from './device.routes'
import { identityRoutes } from './identity.routes'
import { passkeyRoutes } from './passkey.routes'
import { lacksProof, proofFields, readUser, showProofPage } from './proof'
import { readSecondFactor } from './read-second-factor'
import { accountSecondFactorRoutes } from './second-factor.routes'
import { timeZoneRoutes } from './time-zone.routes'

export const accountRoutes = createPages()
  .get('/', (c) => showOverview(c))
  .get('/profile', async (c) => {
    const { user } = await readUser(c)
    const username = user.username ?? ''
    const fields = { username, usernameBefore: username, name: user.name ?? '', nickname: user.nickname ?? '' }
    return showProfileForm(c, fields, null)
  })
  .post('/profile', formFields({ ...profileFields, ...proofFields }), async (c) => {
    const { currentPassword, secondFactorCode, ...fields } = c.req.valid('form')
    const { username, usernameBefore, name, nickname } = fields
    const answer = await c.var.api.users.me.$patch({
      json: {
        name: name === '' ? null : name,
        nickname: nickname === '' ? null : nickname,
        // A user name in the body needs a fresh proof, so an unchanged one is left out.
        ...(username !== usernameBefore && { username, currentPassword, secondFactorCode }),
      },
    })
    if (answer.status === 200) return redirectWithNotice(c, ACCOUNT, 'saved')
    const refusal = await readFormRefusal(answer)
    if (!lacksProof(refusal)) return showProfileForm(c, fields, refusal)
    return showProofPage(c, { refusal, submit: c.var.t.save, fields, backHref: `${ACCOUNT}/profile` })
  })
  .use('/password', async (c, next) => {
    if (!hasPasswords(c.var.config)) throw new AppError('not_found')
    await next()
  })
  .get('/password', (c) => showPasswordForm(c, null))
  .post('/password', formFields({ newPassword: text, ...proofFields }), async (c) => {
    const answer = await c.var.api.auth.password.$put({ json: c.req.valid('form') })
    if (answer.status !== 204) return showPasswordForm(c, await readFormRefusal(answer))
    return redirectWithNotice(c, ACCOUNT, 'password_changed')
  })
  .get('/export', async (c) => {
    // Exports are limited: a link on another site must not use them up.
    if (!isOwnRequest(c)) throw new AppError('cross_site_request')
    const asked = c.req.query('format') ?? 'json'
    const format = (['json', 'csv', 'todo.txt', 'ics'] as const).find((one) => one === asked)
    if (!format) throw new AppError('not_found')
    const answer = await c.var.api.users.me.export.$get({ query: { format } })
    if (!answer.ok) throw await toAppError(answer)
    const { headers } = answer
    return c.body(answer.body ?? '', 200, {
      'Content-Type': headers.get('Content-Type') ?? '',
      'Content-Disposition': headers.get('Content-Disposition') ?? '',
    })
  })
  .get('/delete', (c) => showDeletionForm(c, null))
  .post('/delete', formFields({ confirmed: text, ...proofFields }), async (c) => {
    const { confirmed, ...proof } = c.req.valid('form')
    if (confirmed === '') return showDeletionForm(c, UNCONFIRMED)
    const answer = await c.var.api.users.me.$delete({ json: proof })
    if (answer.status === 204) {
      forgetUser(c)
      return redirectWithNotice(c, `${HOME}/sign-in`, 'account_deleted')
    }
    const refusal = await readFormRefusal(answer)
    if (!lacksProof(refusal)) return showDeletionForm(c, refusal)
    const submit = c.var.t.deletion.title
    return showProofPage(c, { refusal, submit, fields: { confirmed }, backHref: `${ACCOUNT}/delete` })
  })
  .route('/', contactRoutes)
  .route('/', deviceRoutes)
  .route('/', identityRoutes)
  .route('/', passkeyRoutes)
  .route('/', timeZoneRoutes)
  .route('/', calendarRoutes)
  .route('/', accountSecondFactorRoutes)

const UNCONFIRMED: Refusal = {
  errorCode: 'invalid_fields',
  fieldErrors: [{ path: '/confirmed', code: 'required', message: 'This field is required' }],
  retryAfterSeconds: null,
}

function showProfileForm(c: PageContext, fields: ProfileFields, refusal: Refusal | null) {
  const { t } = c.var
  return renderPage(
    c,
    { title: t.account.profile, section: 'account', refusal },
    <ProfileForm t={t} fields={fields} refusal={refusal} />,
  )
}

async function showPasswordForm(c: PageContext, refusal: Refusal | null) {
  const { t } = c.var
  const { user, proofNeeded } = await readUser(c, refusal)
  const withCode = proofNeeded === 'password' && (await readSecondFactor(c)) !== null
  const minLength = c.var.config.PASSWORD_MIN_LENGTH
  return renderPage(
    c,
    { title: t.signIn.password, section: 'account', refusal },
    <NewPasswordForm
      t={t}
      user={user}
      proofNeeded={proofNeeded}
      withCode={withCode}
      minLength={minLength}
      notice={takeNotice(c)}
      refusal={refusal}
    />,
  )
}

async function showDeletionForm(c: PageContext, refusal: Refusal | null) {
  const { t } = c.var
  const { proofNeeded } = await readUser(c)
  return renderPage(
    c,
    { title: t.deletion.title, section: 'account', refusal },
    <DeletionForm t={t} proofNeeded={proofNeeded} refusal={refusal} />,
  )
}
