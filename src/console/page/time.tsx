import type { Locale } from '../../locale'

const formats = new Map<Locale, Intl.DateTimeFormat>()

/** A time as people of a language write it, in UTC. To make a format takes longer than the rest of a row, so each is made once. */
export function timeInWords(locale: Locale, at: string): string {
  const options = { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' } as const
  const format = formats.get(locale) ?? new Intl.DateTimeFormat(locale, options)
  formats.set(locale, format)
  return `${format.format(new Date(at))} UTC`
}

/** A time in words. With JavaScript, console.js replaces it with how long ago it is. */
export const Time = ({ locale, at }: { locale: Locale; at: string }) => (
  <time datetime={at}>{timeInWords(locale, at)}</time>
)
