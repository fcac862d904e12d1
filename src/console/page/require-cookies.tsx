import { createMiddleware } from 'hono/factory'
import type { Texts } from '../texts/texts'
import type { ConsoleEnv, PageContext } from './console-env'
import { bringsCookies, probeCookies } from './cookies'
import { renderPage } from './layout'
import { HOME, withQuery } from './local-path'

/** Says in the address that a cookie was set just before. */
const MARK = 'cookies'

/**
 * For what makes no sense without cookies, such as a sign-in: before anything is done, it sees whether the browser keeps ours. Some do not
 * by http, not even on a developer's computer: Safari, wget, Python's and Java's cookie jars. They would come back to the sign-in for ever,
 * without a word. A browser that has brought none gets one, and is sent to the same address once more, with its form (307).
 */
export const requireCookies = createMiddleware<ConsoleEnv>(async (c, next) => {
  if (bringsCookies(c)) return next()
  if (c.req.query(MARK) !== undefined) return showMissingCookies(c)
  probeCookies(c)
  const { pathname, search } = new URL(c.req.url)
  return c.redirect(withQuery(pathname + search, { [MARK]: 'set' }), 307)
})

/** The command that serves this same address by https. */
const commandFor = (port: string): string =>
  `npm run dev -- ${port === '8787' ? '' : `--port ${port} `}--local-protocol https`

/** What to do so that the browser keeps our cookies. */
export function CookieHelp({ t, requestUrl }: { t: Texts; requestUrl: string }) {
  const { byHttp, certificate, otherwise } = t.cookies
  const { protocol, port } = new URL(requestUrl)
  if (protocol !== 'http:') return <p>{otherwise}</p>
  return (
    <>
      <p>{byHttp}</p>
      <pre>
        <code>{commandFor(port)}</code>
      </pre>
      <p>{certificate}</p>
    </>
  )
}

function showMissingCookies(c: PageContext) {
  const { t } = c.var
  const { title, why, programs, again } = t.cookies
  const to = c.req.query('to') ?? null
  return renderPage(
    c,
    { title, section: null, status: 400 },
    <>
      <h1>{title}</h1>
      <p role="alert">{why}</p>
      <CookieHelp t={t} requestUrl={c.req.url} />
      <p>
        {programs} <code>"tokens": "body"</code>
      </p>
      <p>
        <a href={withQuery(`${HOME}/sign-in`, { to })}>{again}</a>
      </p>
    </>,
  )
}
