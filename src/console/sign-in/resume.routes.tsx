import { isOwnSite } from '../../http/csrf'
import { isSafe } from '../../http/methods'
import { getAuthCookies } from '../../sessions/cookies'
import { createPages } from '../page/console-env'
import { removeResumable, setResumable } from '../page/cookies'
import { renderPage } from '../page/layout'
import { HOME, localPath, withQuery } from '../page/local-path'
import { failureOf } from '../page/refusal'

/**
 * Gets a page whose access token has expired a new one. The refresh cookie goes to `/api/v1/auth` alone, so the browser is
 * sent by here and back, with the form that it may have sent.
 */
export const resumeRoutes = createPages().on(['GET', 'POST'], '/resume', async (c) => {
  const { api, reader } = c.var
  const safe = isSafe(c.req.method)
  const to = localPath(c.req.query('to'), c.req.url)

  // Who followed a link from another site brings no SameSite=Strict cookie; from a page of our own they do.
  const isFirst = safe && c.req.query('again') === undefined
  if (isFirst && !(isOwnSite(c.req.header('Sec-Fetch-Site')) && getAuthCookies(c).refresh)) {
    const again = withQuery(c.req.path, { to, again: '1' })
    const { resume } = reader.t
    return renderPage(
      c,
      { title: resume.title, section: null, refresh: again },
      <>
        <h1>{resume.title}</h1>
        <p>
          {resume.text} <a href={again}>{resume.go}</a>
        </p>
      </>,
    )
  }

  const answer = await api.auth.refresh.$post({ json: {} })
  if (answer.status === 200) {
    setResumable(c, Date.now())
    return c.redirect(to, safe ? 303 : 307)
  }
  if (answer.status !== 401) throw await failureOf(answer)
  removeResumable(c)
  return c.redirect(withQuery(`${HOME}/sign-in`, { to: safe && to !== HOME ? to : null }), 303)
})
