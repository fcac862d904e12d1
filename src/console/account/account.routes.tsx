import type { Context } from 'hono'
import { AppError } from '../../errors'
import { isOwnRequest } from '../../http/csrf'
import { type ConsoleEnv, createPages } from '../page/console-env'
import { forgetSession } from '../page/cookies'
import { form, typed } from '../page/form'
import { renderPage } from '../page/layout'
import { ACCOUNT, HOME, withQuery } from '../page/local-path'
import { failureOf, type Refusal, refusalOf } from '../page/refusal'
import { DeletionForm, PasswordForm, ProfileForm, profileFields, type TypedProfile } from './account-forms'
import { Overview } from './account-overview'
import { contactRoutes } from './contact.routes'
import { deviceRoutes } from './device.routes'
import { currentPassword, lacksProof, readUser, showProof } from './proof'

export const accountRoutes = createPages()
  .get('/', async (c) => {
    const answer = await c.var.api.users.me.$get()
    if (answer.status !== 200) throw await failureOf(answer)
    const { t } = c.var.reader
    const user = await answer.json()
    return renderPage(
      c,
      { title: t.account.title, section: 'account' },
      <Overview t={t} user={user} notice={c.req.query('notice')} />,
    )
  })
  .get('/profile', async (c) => {
    const { username, name, nickname } = (await readUser(c)).user
    const typed = { username: username ?? '', name: name ?? '', nickname: nickname ?? '' }
    return showProfileForm(c, { ...typed, usernameBefore: typed.username }, null)
  })
  .post('/profile', form({ ...profileFields, currentPassword }), async (c) => {
    const { currentPassword, ...typed } = c.req.valid('form')
    const { username, usernameBefore, name, nickname } = typed
    const answer = await c.var.api.users.me.$patch({
      json: {
        name: name === '' ? null : name,
        nickname: nickname === '' ? null : nickname,
        // Who does not change it needs no proof.
        ...(username !== usernameBefore && { username, currentPassword }),
      },
    })
    if (answer.status === 200) return c.redirect(withQuery(ACCOUNT, { notice: 'saved' }), 303)
    const refusal = await refusalOf(answer)
    return lacksProof(refusal)
      ? showProof(c, { refusal, submit: c.var.reader.t.save, kept: typed, back: `${ACCOUNT}/profile` })
      : showProfileForm(c, typed, refusal)
  })
  .get('/password', (c) => showPasswordForm(c, null))
  .post('/password', form({ newPassword: typed, currentPassword }), async (c) => {
    const answer = await c.var.api.auth.password.$put({ json: c.req.valid('form') })
    if (answer.status !== 204) return showPasswordForm(c, await refusalOf(answer))
    return c.redirect(withQuery(ACCOUNT, { notice: 'password_changed' }), 303)
  })
  .get('/export', async (c) => {
    // It is counted: a link of another site must not use them up.
    if (!isOwnRequest(c)) throw new AppError('cross_site_request')
    const answer = await c.var.api.users.me.export.$get()
    if (!answer.ok) throw await failureOf(answer)
    const { headers } = answer
    return c.body(answer.body ?? '', 200, {
      'Content-Type': headers.get('Content-Type') ?? '',
      'Content-Disposition': headers.get('Content-Disposition') ?? '',
    })
  })
  .get('/delete', (c) => showDeletionForm(c, null))
  .post('/delete', form({ confirmed: typed, currentPassword }), async (c) => {
    const { confirmed, currentPassword } = c.req.valid('form')
    if (confirmed === '') return showDeletionForm(c, UNCONFIRMED)
    const answer = await c.var.api.users.me.$delete({ json: { currentPassword } })
    if (answer.status === 204) {
      forgetSession(c)
      return c.redirect(withQuery(`${HOME}/sign-in`, { notice: 'account_deleted' }), 303)
    }
    const refusal = await refusalOf(answer)
    const { t } = c.var.reader
    return lacksProof(refusal)
      ? showProof(c, { refusal, submit: t.deletion.title, kept: { confirmed }, back: `${ACCOUNT}/delete` })
      : showDeletionForm(c, refusal)
  })
  .route('/', contactRoutes)
  .route('/', deviceRoutes)

type Page = Context<ConsoleEnv>

const UNCONFIRMED: Refusal = {
  code: 'invalid_fields',
  errors: [{ path: '/confirmed', code: 'required', message: 'This field is required' }],
  retryAfter: null,
}

function showProfileForm(c: Page, typed: TypedProfile, refusal: Refusal | null) {
  const { t } = c.var.reader
  return renderPage(
    c,
    { title: t.account.profile, section: 'account', refusal },
    <ProfileForm t={t} typed={typed} refusal={refusal} />,
  )
}

async function showPasswordForm(c: Page, refusal: Refusal | null) {
  const { t } = c.var.reader
  const { user, proof } = await readUser(c)
  const minLength = c.var.config.PASSWORD_MIN_LENGTH
  return renderPage(
    c,
    { title: t.signIn.password, section: 'account', refusal },
    <PasswordForm t={t} user={user} proof={proof} minLength={minLength} refusal={refusal} />,
  )
}

async function showDeletionForm(c: Page, refusal: Refusal | null) {
  const { t } = c.var.reader
  const { proof } = await readUser(c)
  return renderPage(
    c,
    { title: t.deletion.title, section: 'account', refusal },
    <DeletionForm t={t} proof={proof} refusal={refusal} />,
  )
}
