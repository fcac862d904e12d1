import type { Context } from 'hono'
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import { isSafe } from '../../http/methods'
import { LOCALES, type Locale } from '../../locale'
import type { Texts } from '../texts/texts'
import type { ConsoleEnv } from './console-env'
import { ACCOUNT, HOME, withQuery } from './local-path'
import { type Refusal, statusOf } from './refusal'

interface Frame {
  title: string
  /** Where in the account this is; null where nobody is signed in. */
  section: 'todos' | 'account' | null
  /** Why the form on it was refused: the page has its status, and says when to come back. */
  refusal?: Refusal | null
  /** The page that follows by itself. */
  refresh?: string
}

/** Answers with a whole page. */
export function renderPage(c: Context<ConsoleEnv>, { refusal = null, ...frame }: Frame, body: Child) {
  const { locale, t } = c.var.reader
  const { pathname, search } = new URL(c.req.url)
  // What a refused form was sent to is not always a page.
  const here = isSafe(c.req.method) ? withQuery(pathname + search, { notice: null, undo: null }) : HOME
  const page = (
    <Page {...frame} t={t} locale={locale} here={here}>
      {body}
    </Page>
  )
  const retryAfter = refusal?.retryAfter ?? null
  const headers = retryAfter === null ? {} : { 'Retry-After': String(retryAfter) }
  return c.html(html`<!doctype html>${page}`, statusOf(refusal), headers)
}

function Page({
  title,
  section,
  refresh,
  t,
  locale,
  here,
  children,
}: Omit<Frame, 'refusal'> & { t: Texts; locale: Locale; here: string; children?: Child }) {
  return (
    <html lang={locale}>
      <head>
        <meta charset="utf-8" />
        <title>{title} · Latchkey</title>
        {refresh && <meta http-equiv="refresh" content={`0; url=${refresh}`} />}
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="description" content={t.description} />
        <link rel="icon" href="/console/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/console/console.css" />
        <script type="module" src="/console/console.js" />
      </head>
      <body>
        <a class="skip" href="#main">
          {t.skip}
        </a>
        <header class="top">
          <a class="brand" href={HOME}>
            Latchkey
          </a>
          {section && <Navigation t={t} section={section} />}
        </header>
        <main id="main" class={section ? undefined : 'narrow'}>
          {children}
        </main>
        <footer class="bottom">
          <LanguageSwitch t={t} locale={locale} here={here} />
          <a href="/docs">{t.docs}</a>
        </footer>
      </body>
    </html>
  )
}

function Navigation({ t, section }: { t: Texts; section: 'todos' | 'account' }) {
  const current = (name: string) => (name === section ? 'page' : undefined)
  return (
    <nav aria-label={t.nav.label}>
      <a href={HOME} aria-current={current('todos')}>
        {t.nav.todos}
      </a>
      <a href={ACCOUNT} aria-current={current('account')}>
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

function LanguageSwitch({ t, locale, here }: { t: Texts; locale: Locale; here: string }) {
  return (
    <form method="post" action={`${HOME}/language`} aria-label={t.language}>
      <input type="hidden" name="to" value={here} />
      {LOCALES.filter((other) => other !== locale).map((other) => (
        <button type="submit" class="quiet" name="language" value={other} lang={other}>
          {LANGUAGE_NAMES[other]}
        </button>
      ))}
    </form>
  )
}

/** What the page before has done, by the code that stands in the query. */
export function Notice({ t, code, children }: { t: Texts; code: string | undefined; children?: Child }) {
  const text = Object.entries(t.notices).find(([known]) => known === code)?.[1]
  if (text === undefined) return null
  return (
    <div class="notice" role="status">
      <p>{text}</p>
      {children}
    </div>
  )
}
