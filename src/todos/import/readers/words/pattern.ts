import { addDays, addMonths, dayMs, weekdayOf } from './calendar'
import { type Pattern, WORKDAYS } from './every-words'

const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']

/** The RRULE of a pattern. */
export function ruleOf({ freq, interval, weekdays, monthDays, months, position }: Pattern): string {
  const parts = [
    `FREQ=${freq}`,
    interval > 1 && `INTERVAL=${interval}`,
    months.length > 0 && `BYMONTH=${unique(months)}`,
    monthDays.length > 0 && `BYMONTHDAY=${unique(monthDays)}`,
    weekdays.length > 0 && `BYDAY=${unique(weekdays.map(({ weekday, nth }) => `${nth ?? ''}${DAYS[weekday]}`))}`,
    position !== null && `BYSETPOS=${position}`,
  ]
  return parts.filter((part) => part !== false).join(';')
}

const unique = (values: (string | number)[]): string => [...new Set(values)].join(',')

/** A 29 February is at most eight years away. */
const MAX_MONTHS = 8 * 12

/** The first day of a pattern that is not before `from`: the day itself, if the pattern names none. */
export function firstDay(pattern: Pattern, from: number): number | null {
  const start = new Date(from)
  for (let n = 0; n <= MAX_MONTHS; n++) {
    const first = dayMs(start.getUTCFullYear(), start.getUTCMonth() + 1 + n, 1)
    if (pattern.months.length > 0 && !pattern.months.includes(new Date(first).getUTCMonth() + 1)) continue
    const end = addMonths(first, 1)
    for (let day = Math.max(from, first); day < end; day = addDays(day, 1)) if (isDayOf(pattern, day)) return day
  }
  return null
}

function isDayOf({ weekdays, monthDays, months, position }: Pattern, day: number): boolean {
  const date = new Date(day)
  const [year, month, dayOfMonth] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
  const lastOfMonth = new Date(dayMs(year, month + 1, 0)).getUTCDate()
  if (months.length > 0 && !months.includes(month)) return false
  const fromEnd = dayOfMonth - lastOfMonth - 1
  if (monthDays.length > 0 && !monthDays.some((wanted) => wanted === dayOfMonth || wanted === fromEnd)) return false
  const nths = [null, Math.ceil(dayOfMonth / 7), -Math.ceil(-fromEnd / 7)]
  if (weekdays.length > 0 && !weekdays.some(({ weekday, nth }) => weekday === weekdayOf(day) && nths.includes(nth)))
    return false
  return position === null || position === workdayPosition(day, dayOfMonth, position > 0 ? -1 : 1, lastOfMonth)
}

/** The how-manieth workday of its month it is, counted towards the start (-1) or the end (1) of it. */
function workdayPosition(day: number, dayOfMonth: number, step: 1 | -1, lastOfMonth: number): number {
  const steps = step < 0 ? dayOfMonth : lastOfMonth - dayOfMonth + 1
  let count = 0
  for (let n = 0; n < steps; n++) if (WORKDAYS.includes(weekdayOf(addDays(day, step * n)))) count++
  return -step * count
}
