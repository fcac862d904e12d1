import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { isSafe } from '../../http/methods'
import { type Dispatch, openApi } from './api-client'
import type { ConsoleEnv } from './console-env'
import { isResumable } from './cookies'
import { Refused } from './fields'
import { renderPage } from './layout'
import { HOME, withQuery } from './local-path'
import { readerOf } from './reader'
import { readRefusal } from './refusal'

/** What a page loads, and where its forms go: its own files, and nowhere else. */
const PAGE_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  // With `no-referrer` a form would send `Origin: null`, and browsers without Sec-Fetch-Site would be refused.
  'Referrer-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

/** Gives the pages a reader and the API, and makes a page of every problem. */
export const openConsole = (dispatch: Dispatch) =>
  createMiddleware<ConsoleEnv>(async (c, next) => {
    const reader = readerOf(c)
    c.set('reader', reader)
    c.set('api', openApi(c, dispatch, reader.locale))
    await next()
    if (c.res.headers.get('Content-Type') === 'application/problem+json') await showProblem(c)
    for (const [name, value] of Object.entries(PAGE_HEADERS)) c.res.headers.set(name, value)
  })

async function showProblem(c: Context<ConsoleEnv>): Promise<void> {
  const allow = c.res.headers.get('Allow')
  const refusal = await readRefusal(c.res)
  const { t } = c.var.reader
  // Hono would carry all headers of the problem over into the page.
  c.res = undefined
  if (refusal.code === 'unauthenticated') {
    c.res = wayIn(c)
    return
  }
  c.res = await renderPage(
    c,
    { title: t.errorTitle, section: null, refusal },
    <>
      <h1>{t.errorTitle}</h1>
      <Refused t={t} refusal={refusal} />
      <p>
        <a href={HOME}>{t.back}</a>
      </p>
    </>,
  )
  if (allow !== null) c.res.headers.set('Allow', allow)
}

/** For who is not signed in, or no longer: the session is resumed where there may be one, with the form that was sent. */
function wayIn(c: Context<ConsoleEnv>): Response {
  const { pathname, search } = new URL(c.req.url)
  const here = pathname + search
  const safe = isSafe(c.req.method)
  const to = safe && here !== HOME ? here : null
  return isResumable(c, Date.now())
    ? c.body(null, safe ? 303 : 307, { Location: withQuery('/api/v1/auth/resume', { to: here }) })
    : c.body(null, 303, { Location: withQuery(`${HOME}/sign-in`, { to }) })
}
