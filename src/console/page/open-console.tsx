import { createMiddleware } from 'hono/factory'
import { isSafe } from '../../http/methods'
import { preferredLocale } from '../../locale'
import { texts } from '../texts/texts'
import { createApiClient, type Dispatch } from './api-client'
import type { ConsoleEnv, PageContext } from './console-env'
import { getLanguage, shouldResume } from './cookies'
import { RefusalMessage } from './fields'
import { renderPage } from './layout'
import { HOME, resumePath, SECOND_FACTOR, withQuery } from './local-path'
import { renderRefusedPart, wantsPart } from './part'
import { readRefusal } from './refusal'
import { showSignedOut } from './signed-out-page'

/** A page loads files from this origin only. Its forms and its scripts ask this origin only. */
const PAGE_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  // With `no-referrer` forms come with `Origin: null`. From browsers without Sec-Fetch-Site they would be refused.
  'Referrer-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

/** Gives the pages the visitor's language and the API, and turns every problem answer into a page. */
export const openConsole = (dispatch: Dispatch) =>
  createMiddleware<ConsoleEnv>(async (c, next) => {
    const locale = getLanguage(c) ?? preferredLocale(c.req.header('Accept-Language'))
    c.set('locale', locale)
    c.set('t', texts[locale])
    c.set('api', createApiClient(c, dispatch, locale))
    await next()
    if (c.res.headers.get('Content-Type') === 'application/problem+json') await replaceProblem(c)
    for (const [name, value] of Object.entries(PAGE_HEADERS)) c.res.headers.set(name, value)
  })

/** Answers with a page, or a redirect to sign in, instead of a problem. */
async function replaceProblem(c: PageContext): Promise<void> {
  const allow = c.res.headers.get('Allow')
  const refusal = await readRefusal(c.res)
  const { t } = c.var
  // Otherwise Hono would copy the headers of the problem answer to the page.
  c.res = undefined
  if (refusal.errorCode === 'unauthenticated' && (shouldResume(c, Date.now()) || !wantsPart(c))) {
    c.res = await resumeOrSignIn(c)
    return
  }
  if (wantsPart(c)) {
    c.res = await renderRefusedPart(c, refusal)
    return
  }
  if (refusal.errorCode === 'second_factor_setup_required') {
    const to = isSafe(c.req.method) ? currentPath(c) : HOME
    c.res = c.body(null, 303, { Location: withQuery(SECOND_FACTOR, { to }) })
    return
  }
  c.res = await renderPage(
    c,
    { title: t.errorTitle, section: null, refusal },
    <>
      <h1>{t.errorTitle}</h1>
      <RefusalMessage t={t} refusal={refusal} />
      <p>
        <a href={HOME}>{t.back}</a>
      </p>
    </>,
  )
  if (allow !== null) c.res.headers.set('Allow', allow)
}

function currentPath(c: PageContext): string {
  const { pathname, search } = new URL(c.req.url)
  return pathname + search
}

/**
 * For a visitor who is not signed in: redirects them, with their form, to `/resume` if there may be a session, else to the sign-in page. A form
 * of the to-dos is kept on a page.
 */
async function resumeOrSignIn(c: PageContext): Promise<Response> {
  const path = currentPath(c)
  const safe = isSafe(c.req.method)
  if (shouldResume(c, Date.now())) return c.body(null, safe ? 303 : 307, { Location: resumePath(path) })
  const signedOut = safe ? null : await showSignedOut(c, path)
  if (signedOut) return signedOut
  const to = safe && path !== HOME ? path : null
  return c.body(null, 303, { Location: withQuery(`${HOME}/sign-in`, { to }) })
}
