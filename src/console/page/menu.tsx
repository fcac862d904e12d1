import type { Child } from 'hono/jsx'
import { LOCALES, type Locale } from '../../locale'
import type { Texts } from '../texts/texts'
import { ACCOUNT, HOME } from './local-path'
import type { Person } from './person'
import { THEMES, type Theme } from './theme'

interface PreferencesProps {
  t: Texts
  locale: Locale
  theme: Theme
  /** The page that is shown again. */
  currentPath: string
}

const LANGUAGE_NAMES: Record<Locale, string> = { en: 'English', ko: '한국어' }

/** Buttons that show the same page in another language or in other colours. */
export function Preferences({ t, locale, theme, currentPath }: PreferencesProps) {
  return (
    <>
      <form method="post" action={`${HOME}/theme`} class="choice" aria-label={t.look.theme}>
        <input type="hidden" name="to" value={currentPath} />
        {THEMES.map((one) => (
          <button type="submit" name="theme" value={one} class={`theme-${one}`} aria-pressed={String(one === theme)}>
            <span>{t.look.themes[one]}</span>
          </button>
        ))}
      </form>
      <form method="post" action={`${HOME}/language`} class="choice" aria-label={t.language}>
        <input type="hidden" name="to" value={currentPath} />
        {LOCALES.map((one) => (
          <button type="submit" name="language" value={one} lang={one} aria-pressed={String(one === locale)}>
            {LANGUAGE_NAMES[one]}
          </button>
        ))}
      </form>
    </>
  )
}

interface MenuProps {
  t: Texts
  /** Null if it is not known who reads the page. */
  person: Person | null
  /** The buttons for colours and languages, where the page can be shown again. */
  preferences: Child
}

/** Who is signed in, and what is about them rather than about the page. It opens without a script. */
export function Menu({ t, person, preferences }: MenuProps) {
  return (
    <details class="menu">
      <summary>
        <span class="unseen">{t.look.menu}</span>
        <span class="avatar" aria-hidden="true">
          {person?.initial}
        </span>
      </summary>
      <div class="menu-panel">
        {person && <Who person={person} />}
        <a href={ACCOUNT} class="to-account">
          {t.nav.account}
        </a>
        <a href="/docs" class="to-docs">
          {t.docs}
        </a>
        {preferences}
        <form method="post" action={`${HOME}/sign-out`}>
          <button type="submit" class="sign-out">
            {t.nav.signOut}
          </button>
        </form>
      </div>
    </details>
  )
}

function Who({ person: { name, contact, initial } }: { person: Person }) {
  return (
    <p class="who">
      <span class="avatar" aria-hidden="true">
        {initial}
      </span>
      <span>
        <strong dir="auto">{name}</strong>
        {contact !== null && <span class="hint">{contact}</span>}
      </span>
    </p>
  )
}
