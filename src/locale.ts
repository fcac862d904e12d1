import { namedGroups } from './lib/named-groups'

/** The languages of messages and pages. If you add one, the compiler names every text that is missing. */
export const LOCALES = ['en', 'ko'] as const
export type Locale = (typeof LOCALES)[number]

const DEFAULT_LOCALE: Locale = 'en'

/** Browsers send less than a tenth of this. A longer header counts as missing. */
const MAX_ACCEPT_LANGUAGE = 1000

/** One language range of an Accept-Language header: its primary subtag and its weight. */
const RANGE =
  /^(?<subtag>[a-z]{1,8}|\*)(?:-[a-z0-9]{1,8})*(?:[ \t]*;[ \t]*q=(?<weight>0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/

/**
 * The language that an Accept-Language header prefers (RFC 9110 12.5.4). Only primary subtags count: `ko-KR` is `ko`. Of
 * languages with the same weight, the first one in the header wins. English is the default.
 */
export function preferredLocale(acceptLanguage = ''): Locale {
  if (acceptLanguage.length > MAX_ACCEPT_LANGUAGE) return DEFAULT_LOCALE
  const weights = new Map<string, number>()
  for (const item of acceptLanguage.toLowerCase().split(',')) {
    const { subtag, weight = '1' } = namedGroups(RANGE, item.trim())
    if (subtag !== undefined) weights.set(subtag, Math.max(weights.get(subtag) ?? 0, Number(weight)))
  }
  // RFC 4647 3.3.1: "*" stands for every language that no other range names.
  const weightOf = (locale: Locale) => weights.get(locale) ?? weights.get('*') ?? 0
  const named = [...weights.keys()].flatMap((subtag) => LOCALES.filter((locale) => locale === subtag))
  let best: { locale: Locale; weight: number } = { locale: DEFAULT_LOCALE, weight: 0 }
  for (const locale of [...named, ...LOCALES]) {
    if (weightOf(locale) > best.weight) best = { locale, weight: weightOf(locale) }
  }
  return best.locale
}
