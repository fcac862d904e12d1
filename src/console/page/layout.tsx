import { html, raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { isSafe } from '../../http/methods'
import type { Locale } from '../../locale'
import type { Texts } from '../texts/texts'
import type { PageContext } from './console-env'
import { takePasskeyOffer } from './cookies'
import { HOME, localPath } from './local-path'
import { Menu, Preferences } from './menu'
import { PasskeyOffer } from './passkey-offer'
import { readPerson } from './person'
import { type Refusal, statusOf } from './refusal'
import { getTheme, PAGE_COLORS, type Theme } from './theme'

type Section = 'todos' | 'account'

interface PageOptions {
  title: string
  /** The entry of the navigation that this page belongs to. Null shows no navigation, as on the sign-in pages. */
  section: Section | null
  /** Why the form on the page was refused. It decides the page's status and `Retry-After`. */
  refusal?: Refusal | null
  /** Of a page that is no form and still says that something is wrong. */
  status?: 400
  /** The address that the browser opens next, by itself. */
  refreshTo?: string
  /** As wide as the pages with a navigation. */
  isWide?: boolean
  /** A page that cannot be shown again has no buttons for other languages. */
  isShownOnce?: boolean
}

function toPage(c: PageContext, options: Omit<PageOptions, 'refusal' | 'status'>, body: Child) {
  const { locale, t } = c.var
  const { pathname, search } = new URL(c.req.url)
  // A form may have been sent to an address that has no page, and a page may be about an address that does not exist.
  const currentPath = isSafe(c.req.method) ? localPath(pathname + search, c.req.url) : HOME
  const page = (
    <Page {...options} c={c} t={t} locale={locale} theme={getTheme(c)} currentPath={currentPath}>
      {options.section === 'todos' && takePasskeyOffer(c) && <PasskeyOffer t={t} to={currentPath} />}
      {body}
    </Page>
  )
  return html`<!doctype html>${page}`
}

/** Answers with a whole page. */
export function renderPage(c: PageContext, { refusal = null, status, ...options }: PageOptions, body: Child) {
  const retryAfterSeconds = refusal?.retryAfterSeconds ?? null
  const headers = retryAfterSeconds === null ? {} : { 'Retry-After': String(retryAfterSeconds) }
  return c.html(toPage(c, options, body), status ?? statusOf(refusal), headers)
}

const MIDDLE = '<!--middle-->'

/** What stands before and after the middle of a page that is sent in parts. */
export async function renderAround(
  c: PageContext,
  options: Pick<PageOptions, 'title' | 'section'>,
): Promise<[string, string]> {
  const [before = '', after = ''] = String(await toPage(c, options, raw(MIDDLE))).split(MIDDLE)
  return [before, after]
}

interface PageProps extends Omit<PageOptions, 'refusal' | 'status'> {
  c: PageContext
  t: Texts
  locale: Locale
  theme: Theme
  currentPath: string
  children?: Child
}

async function Page({ title, section, refreshTo, isWide, isShownOnce, c, children, ...setting }: PageProps) {
  const { t, locale, theme } = setting
  const preferences = isShownOnce ? null : <Preferences {...setting} />
  const person = section && (await readPerson(c))
  return (
    <html lang={locale} data-theme={theme === 'system' ? undefined : theme}>
      <head>
        <meta charset="utf-8" />
        <title>{title} · Latchkey</title>
        {refreshTo && <meta http-equiv="refresh" content={`0; url=${refreshTo}`} />}
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="description" content={t.description} />
        <ThemeTags theme={theme} />
        <link rel="icon" href="/console/icon.svg" type="image/svg+xml" />
        <link rel="manifest" href="/console/manifest.webmanifest" />
        <link rel="stylesheet" href="/console/console.css" />
        <script type="module" src="/console/console.js" />
      </head>
      <body data-user={person?.userId}>
        <a class="skip" href="#main">
          {t.skip}
        </a>
        <header class="top">
          <a class="brand" href={HOME}>
            <Mark />
            Latchkey
          </a>
          {section && (
            <>
              <Navigation t={t} section={section} />
              <Menu t={t} person={person} preferences={preferences} />
            </>
          )}
        </header>
        <main id="main" class={section || isWide ? undefined : 'narrow'}>
          {children}
        </main>
        {!section && (
          <footer class="bottom">
            {preferences}
            <a href="/docs">{t.docs}</a>
          </footer>
        )}
      </body>
    </html>
  )
}

/** Tells the browser in which colours it draws what is not ours, before it has the style sheet: so nothing flashes. */
function ThemeTags({ theme }: { theme: Theme }) {
  return (
    <>
      <meta name="color-scheme" content={theme === 'system' ? 'light dark' : theme} />
      {theme === 'system' && (
        <meta name="theme-color" content={PAGE_COLORS.dark} media="(prefers-color-scheme: dark)" />
      )}
      <meta name="theme-color" content={PAGE_COLORS[theme === 'dark' ? 'dark' : 'light']} />
    </>
  )
}

/** A key whose bit is a check mark: assets/icon.svg. */
const Mark = () => (
  <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
    <rect width="32" height="32" rx="8" />
    <path d="m6.2 18.2 5 5 7-7m7.6-3.2a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0z" />
  </svg>
)

/** Leads back to the to-dos from everywhere else. */
function Navigation({ t, section }: { t: Texts; section: Section }) {
  return (
    <nav aria-label={t.nav.label} class="sections">
      <a href={HOME} aria-current={section === 'todos' ? 'page' : undefined}>
        {t.nav.todos}
      </a>
    </nav>
  )
}
