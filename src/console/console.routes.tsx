import * as z from 'zod'
import { readConfig } from '../config'
import { hasOutbox } from '../delivery/channels'
import { isOutboxToken, letBrowserRead } from '../delivery/outbox-access'
import { AppError } from '../errors'
import { isOwnRequest } from '../http/csrf'
import { isSafe } from '../http/methods'
import { LOCALES } from '../locale'
import { getAuthCookies } from '../sessions/cookies'
import { accountRoutes } from './account/account.routes'
import { stopRoutes } from './account/stop.routes'
import { wayBackRoutes } from './account/way-back.routes'
import { offlineRoutes } from './offline/offline.routes'
import { createPages } from './page/console-env'
import { forgetUser, setLanguage, shouldResume } from './page/cookies'
import { flag, formFields, readForm, text } from './page/form'
import { HOME, localPath, withQuery } from './page/local-path'
import { redirectWithNotice } from './page/notice'
import { beginReadingPerson } from './page/person'
import { toAppError } from './page/refusal'
import { requireCookies } from './page/require-cookies'
import { setTheme, THEMES } from './page/theme'
import { passkeySignInRoutes } from './sign-in/passkey.routes'
import { secondFactorRoutes } from './sign-in/second-factor.routes'
import { signInRoutes } from './sign-in/sign-in.routes'
import { socialRoutes } from './sign-in/social.routes'
import { addRoutes } from './todos/adding/add.routes'
import { bulkRoutes } from './todos/bulk/bulk.routes'
import { importRoutes } from './todos/import/import.routes'
import { listRoutes } from './todos/lists/lists.routes'
import { panelRoutes } from './todos/panel/panel.routes'
import { todoRoutes } from './todos/todos.routes'

export const consoleRoutes = createPages()
  .use(async (c, next) => {
    c.set('config', readConfig(c.env))
    await next()
  })
  .use(async (c, next) => {
    // The sites in ALLOWED_ORIGINS may call the API, but they may not send our forms.
    if (!isSafe(c.req.method) && !isOwnRequest(c)) throw new AppError('cross_site_request')
    await next()
  })
  .use('/account/*', async (c, next) => {
    if (isSafe(c.req.method)) beginReadingPerson(c)
    await next()
  })
  .route('/', importRoutes)
  .use(readForm)
  .route('/', signInRoutes)
  .route('/', passkeySignInRoutes)
  .route('/', secondFactorRoutes)
  .route('/', addRoutes)
  .route('/', bulkRoutes)
  .route('/', todoRoutes)
  .route('/', panelRoutes)
  .route('/', listRoutes)
  .route('/', offlineRoutes)
  .route('/account', accountRoutes)
  .route('/stop', stopRoutes)
  .route('/way-back', wayBackRoutes)
  .route('/social', socialRoutes)
  .post('/sign-out', formFields({ to: text, kept: flag }), async (c) => {
    const { to, kept } = c.req.valid('form')
    // Pages do not get the refresh cookie, so they log out by the access token. If that has expired, resume the session first.
    if (getAuthCookies(c).access === undefined && shouldResume(c, Date.now())) throw new AppError('unauthenticated')
    const answer = await c.var.api.auth['log-out'].$post({ json: {} })
    if (answer.status !== 204) throw await toAppError(answer)
    forgetUser(c)
    // The script has deleted what this user kept here. Otherwise the browser forgets what all users keep, with changes that wait.
    if (kept) c.header('Clear-Site-Data', undefined)
    // A page that asks the user to sign in again says in `to` where they come back to.
    const signIn = `${HOME}/sign-in`
    if (to === '') return redirectWithNotice(c, signIn, 'signed_out')
    return c.redirect(withQuery(signIn, { to: localPath(to, c.req.url) }), 303)
  })
  // The link that `npm run dev` prints: this browser may then see the messages that are kept on a developer's computer.
  .use('/outbox', async (c, next) => {
    if (!hasOutbox(c.var.config, c.req.url)) throw new AppError('not_found')
    await next()
  })
  .get('/outbox', requireCookies, async (c) => {
    const token = c.req.query('token') ?? ''
    if (await isOutboxToken(c.var.config, token)) letBrowserRead(c, token)
    return c.redirect(HOME, 303)
  })
  .post(
    '/language',
    requireCookies,
    formFields({ language: z.enum(LOCALES).optional().catch(undefined), to: text }),
    (c) => {
      const { language, to } = c.req.valid('form')
      if (language) setLanguage(c, language)
      return c.redirect(localPath(to, c.req.url), 303)
    },
  )
  .post('/theme', requireCookies, formFields({ theme: z.enum(THEMES).optional().catch(undefined), to: text }), (c) => {
    const { theme, to } = c.req.valid('form')
    if (theme) setTheme(c, theme)
    return c.redirect(localPath(to, c.req.url), 303)
  })
