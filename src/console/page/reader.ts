import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { LOCALES, type Locale, preferredLocale } from '../../locale'
import { type Texts, texts } from '../texts/texts'
import { LANGUAGE } from './cookies'

/** Who reads a page, in which language. */
export interface Reader {
  locale: Locale
  t: Texts
}

/** The language that was chosen, or else what the browser likes best. */
export function readerOf(c: Context): Reader {
  const chosen = getCookie(c, LANGUAGE)
  const locale = LOCALES.find((known) => known === chosen) ?? preferredLocale(c.req.header('Accept-Language'))
  return { locale, t: texts[locale] }
}
