import { isOwnSite } from '../../http/csrf'
import { isSafe } from '../../http/methods'
import { getAuthCookies } from '../../sessions/cookies'
import { createPages, type PageContext } from '../page/console-env'
import { beginResumeTry, forgetSession, rememberSession, takeResumeTry } from '../page/cookies'
import { renderPage } from '../page/layout'
import { HOME, localPath, withQuery } from '../page/local-path'
import { renderRefusedPart, wantsPart } from '../page/part'
import { readRefusal, toAppError } from '../page/refusal'
import { showSignedOut } from '../page/signed-out-page'

/**
 * Gets a new access token for a page whose token has expired. Browsers send the refresh cookie to `/api/v1/auth` only, so a
 * page redirects its visitor here, and this route redirects back. A form that was sent comes along (307).
 */
export const resumeRoutes = createPages().on(['GET', 'POST'], '/resume', async (c) => {
  const safe = isSafe(c.req.method)
  const to = localPath(c.req.query('to'), c.req.url)

  // After a link on another site the browser sends no SameSite=Strict cookie. After a link on a page of ours it does.
  const hasRefreshCookie = isOwnSite(c.req.header('Sec-Fetch-Site')) && getAuthCookies(c).refresh
  if (safe && !hasRefreshCookie) {
    const again = c.req.query('again')
    if (again === undefined) return tryAgainFromHere(c, to)
    // Only our page knows this value. A link of another site must not end the session by finding no refresh cookie.
    if (again !== takeResumeTry(c)) return c.redirect(signInPath(to), 303)
  }

  const answer = await c.var.api.auth.refresh.$post({ json: {} })
  if (answer.status === 200) {
    rememberSession(c, Date.now(), { offersPasskey: false })
    return c.redirect(to, safe ? 303 : 307)
  }
  if (answer.status !== 401) throw await toAppError(answer)
  forgetSession(c)
  if (wantsPart(c)) return renderRefusedPart(c, await readRefusal(answer))
  const signedOut = safe ? null : await showSignedOut(c, to)
  if (signedOut) return signedOut
  return c.redirect(signInPath(safe ? to : HOME), 303)
})

const signInPath = (to: string): string => withQuery(`${HOME}/sign-in`, { to: to === HOME ? null : to })

/** Shows a page of ours that opens the same address again at once. */
function tryAgainFromHere(c: PageContext, to: string) {
  const { title, text, go } = c.var.t.resume
  const href = withQuery(c.req.path, { to, again: beginResumeTry(c) })
  return renderPage(
    c,
    { title, section: null, refreshTo: href },
    <>
      <h1>{title}</h1>
      <p>
        {text} <a href={href}>{go}</a>
      </p>
    </>,
  )
}
