import type { Locale } from '../../locale'

/** A time in words, in UTC. With JavaScript, console.js replaces it with how long ago it is. */
export function Time({ locale, at }: { locale: Locale; at: string }) {
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })
  return <time datetime={at}>{format.format(new Date(at))} UTC</time>
}
