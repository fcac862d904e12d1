import { BoundedMap } from '../../lib/bounded-map'
import { DAY_MS } from '../../lib/time'
import { wallClockAt } from '../../lib/zone'
import type { Locale } from '../../locale'
import type { Reader } from '../page/person'

/** Each language has a few formats for each zone, whose name people may write in upper and lower case. */
const formats = new BoundedMap<Intl.DateTimeFormat>(500)

/** @param zone null for a whole day, which is the same day everywhere */
export const formatOf = (locale: Locale, zone: string | null, options: Intl.DateTimeFormatOptions) =>
  formats.getOrMake(
    `${locale} ${zone} ${JSON.stringify(options)}`,
    () => new Intl.DateTimeFormat(locale, { ...options, timeZone: zone ?? 'UTC' }),
  )

/** The day on the wall clock of a zone: `2026-12-24`. */
export const dayAt = (zone: string, ms: number): string =>
  new Date(wallClockAt(ms, zone)).toISOString().slice(0, 'YYYY-MM-DD'.length)

/** How many days from today a day is, where the reader is. */
export const daysFromToday = ({ zone, now }: Reader, day: string): number =>
  Math.round((Date.parse(day) - Date.parse(dayAt(zone, now))) / DAY_MS)

/** “Today”, “Tomorrow” and “Yesterday”; null for other days. */
export const nearDayInWords = ({ t }: Reader, days: number): string | null =>
  new Map([
    [-1, t.views.yesterday],
    [0, t.views.today],
    [1, t.views.tomorrow],
  ]).get(days) ?? null

/** The year, if it is another one than this year. */
const yearOf = (reader: Reader, day: string): Intl.DateTimeFormatOptions =>
  day.slice(0, 4) === dayAt(reader.zone, reader.now).slice(0, 4) ? {} : { year: 'numeric' }

/** A day in a few words: “Today”, “Fri” within six days, “Dec 24”, or with the year if that is another one. */
export function shortDay(reader: Reader, day: string): string {
  const { locale, t } = reader
  const days = daysFromToday(reader, day)
  const near = nearDayInWords(reader, days)
  if (near !== null) return near
  const isSoon = days > 1 && days < 7
  const date = { month: 'short', day: 'numeric', ...yearOf(reader, day) } as const
  return formatOf(locale, null, isSoon ? { weekday: t.views.weekday } : date).format(new Date(day))
}

/** The heading of a day: “Today · Thu, Nov 26”, “Saturday, November 28”, or with the year if that is another one. */
export function dayHeading(reader: Reader, day: string): string {
  const near = nearDayInWords(reader, daysFromToday(reader, day))
  const size = near === null ? 'long' : 'short'
  const date = { weekday: size, month: size, day: 'numeric', ...yearOf(reader, day) } as const
  const words = formatOf(reader.locale, null, date).format(new Date(day))
  return near === null ? words : `${near} · ${words}`
}
