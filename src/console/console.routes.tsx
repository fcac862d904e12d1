import * as z from 'zod'
import { readConfig } from '../config'
import { AppError } from '../errors'
import { isOwnRequest } from '../http/csrf'
import { isSafe } from '../http/methods'
import { LOCALES } from '../locale'
import { getAuthCookies } from '../sessions/cookies'
import { accountRoutes } from './account/account.routes'
import { createPages } from './page/console-env'
import { forgetSession, isResumable, setLanguage } from './page/cookies'
import { form, readForm, typed } from './page/form'
import { HOME, localPath, withQuery } from './page/local-path'
import { failureOf } from './page/refusal'
import { signInRoutes } from './sign-in/sign-in.routes'
import { todoRoutes } from './todos/todos.routes'

export const consoleRoutes = createPages()
  .use(async (c, next) => {
    c.set('config', readConfig(c.env))
    await next()
  })
  .use(async (c, next) => {
    // ALLOWED_ORIGINS may call the API; nobody else's form is one of ours.
    if (!isSafe(c.req.method) && !isOwnRequest(c)) throw new AppError('cross_site_request')
    await next()
  })
  .use(readForm)
  .route('/', signInRoutes)
  .route('/', todoRoutes)
  .route('/account', accountRoutes)
  .post('/sign-out', form({ to: typed }), async (c) => {
    // Without a token nothing would be ended: the session is resumed first.
    if (getAuthCookies(c).access === undefined && isResumable(c, Date.now())) throw new AppError('unauthenticated')
    const { to } = c.req.valid('form')
    const answer = await c.var.api.auth['log-out'].$post({ json: {} })
    if (answer.status !== 204) throw await failureOf(answer)
    forgetSession(c)
    // Who is to sign in again comes back to where they were.
    const next = to === '' ? { notice: 'signed_out' } : { to: localPath(to, c.req.url) }
    return c.redirect(withQuery(`${HOME}/sign-in`, next), 303)
  })
  .post('/language', form({ language: z.enum(LOCALES).optional().catch(undefined), to: typed }), async (c) => {
    const { language, to } = c.req.valid('form')
    if (language) setLanguage(c, language)
    return c.redirect(localPath(to, c.req.url), 303)
  })
