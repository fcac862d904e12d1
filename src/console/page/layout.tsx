import { html, raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { isSafe } from '../../http/methods'
import { LOCALES, type Locale } from '../../locale'
import type { Texts } from '../texts/texts'
import type { PageContext } from './console-env'
import { takePasskeyOffer } from './cookies'
import { ACCOUNT, HOME, localPath } from './local-path'
import { PasskeyOffer } from './passkey-offer'
import { type Refusal, statusOf } from './refusal'

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
    <Page {...options} t={t} locale={locale} currentPath={currentPath} userId={c.var.userId ?? null}>
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

interface LanguageProps {
  t: Texts
  locale: Locale
  currentPath: string
}

function Page({
  title,
  section,
  refreshTo,
  isWide,
  isShownOnce,
  t,
  locale,
  currentPath,
  userId,
  children,
}: Omit<PageOptions, 'refusal' | 'status'> & LanguageProps & { userId: string | null; children?: Child }) {
  return (
    <html lang={locale}>
      <head>
        <meta charset="utf-8" />
        <title>{title} · Latchkey</title>
        {refreshTo && <meta http-equiv="refresh" content={`0; url=${refreshTo}`} />}
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="description" content={t.description} />
        <link rel="icon" href="/console/icon.svg" type="image/svg+xml" />
        <link rel="manifest" href="/console/manifest.webmanifest" />
        <meta name="theme-color" content="#f6f7f6" media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content="#121514" media="(prefers-color-scheme: dark)" />
        <link rel="stylesheet" href="/console/console.css" />
        <script type="module" src="/console/console.js" />
      </head>
      <body data-user={section ? (userId ?? undefined) : undefined}>
        <a class="skip" href="#main">
          {t.skip}
        </a>
        <header class="top">
          <a class="brand" href={HOME}>
            Latchkey
          </a>
          {section && <Navigation t={t} section={section} />}
        </header>
        <main id="main" class={section || isWide ? undefined : 'narrow'}>
          {children}
        </main>
        <footer class="bottom">
          {!isShownOnce && <LanguageSwitch t={t} locale={locale} currentPath={currentPath} />}
          <a href="/docs">{t.docs}</a>
        </footer>
      </body>
    </html>
  )
}

function Navigation({ t, section }: { t: Texts; section: Section }) {
  const ariaCurrent = (link: Section) => (link === section ? 'page' : undefined)
  return (
    <nav aria-label={t.nav.label}>
      <a href={HOME} aria-current={ariaCurrent('todos')}>
        {t.nav.todos}
      </a>
      <a href={ACCOUNT} aria-current={ariaCurrent('account')}>
        {t.nav.account}
      </a>
      <form method="post" action={`${HOME}/sign-out`}>
        <button type="submit" class="quiet">
          {t.nav.signOut}
        </button>
      </form>
    </nav>
  )
}

const LANGUAGE_NAMES: Record<Locale, string> = { en: 'English', ko: '한국어' }

/** Buttons that show the same page in another language. */
function LanguageSwitch({ t, locale, currentPath }: LanguageProps) {
  return (
    <form method="post" action={`${HOME}/language`} aria-label={t.language}>
      <input type="hidden" name="to" value={currentPath} />
      {LOCALES.filter((other) => other !== locale).map((other) => (
        <button type="submit" class="quiet" name="language" value={other} lang={other}>
          {LANGUAGE_NAMES[other]}
        </button>
      ))}
    </form>
  )
}
