import { DAY_MS } from '../../../../lib/time'
import type { CalendarDate } from './tokens'

/*
 * Days are ms at midnight, as UTC has them.
 */

export const dayMs = (year: number, month: number, day: number): number => {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getTime()
}

export const addDays = (ms: number, days: number): number => ms + days * DAY_MS

/** The same day of a later month, or the last one that the month has. */
export function addMonths(ms: number, months: number): number {
  const date = new Date(ms)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1 + months]
  return Math.min(dayMs(year, month, date.getUTCDate()), dayMs(year, month + 1, 0))
}

/** 0 is Monday. */
export const weekdayOf = (ms: number): number => (new Date(ms).getUTCDay() + 6) % 7

/** A day that exists; null otherwise. */
export function validDay(year: number, month: number, day: number): number | null {
  const ms = dayMs(year, month, day)
  const date = new Date(ms)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? ms : null
}

const A_YEAR_NEARLY = 300

/**
 * A program leaves out the year that it is now, also of days that have passed. A day that is nearly a year ahead was one of last year,
 * when the file was written.
 */
export function nearDay({ year, month, day }: CalendarDate, today: number): number | null {
  if (year !== null) return validDay(year, month, day)
  const thisYear = new Date(today).getUTCFullYear()
  const ms = validDay(thisYear, month, day)
  return ms !== null && ms > addDays(today, A_YEAR_NEARLY) ? validDay(thisYear - 1, month, day) : ms
}

/** 29 February is at most eight years away. */
const MAX_YEARS = 8

/** Whoever plans leaves out the year too: it is the first one in which the day is still to come. */
export function comingDay({ year, month, day }: CalendarDate, today: number): number | null {
  if (year !== null) return validDay(year, month, day)
  const thisYear = new Date(today).getUTCFullYear()
  for (let n = 0; n <= MAX_YEARS; n++) {
    const ms = validDay(thisYear + n, month, day)
    if (ms !== null && ms >= today) return ms
  }
  return null
}

/** Finds the day of a date whose year may be missing. */
export type DayFinder = typeof nearDay

export const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
