import { DAY_MS } from '../../../lib/time'
import { wallClockAt } from '../../../lib/zone'

export interface Clock {
  now: number
  zone: string
  locale: string
}

type DueDate = Pick<OfflineTodo, 'due' | 'dueAt'>

const YYYY_MM_DD = 10

const dayOf = (ms: number, zone: string): string => new Date(wallClockAt(ms, zone)).toISOString().slice(0, YYYY_MM_DD)

/** The day on which it is due where the reader is: `2026-12-24`. Null if it is not due. */
export const dueDay = ({ due, dueAt }: DueDate, { zone }: Clock): string | null =>
  dueAt === null ? due : dayOf(Date.parse(dueAt), zone)

export const today = ({ now, zone }: Clock): string => dayOf(now, zone)

export const isLate = (todo: DueDate & Pick<OfflineTodo, 'isDone'>, clock: Clock): boolean => {
  if (todo.isDone || todo.due === null) return false
  return todo.dueAt === null ? todo.due < today(clock) : Date.parse(todo.dueAt) < clock.now
}

/** A day in words: `Tomorrow`, `Friday`, `Dec 24, 2026`. */
export function dayInWords(day: string, clock: Clock): string {
  const { locale } = clock
  const date = new Date(`${day}T00:00:00Z`)
  const ahead = (date.getTime() - Date.parse(today(clock))) / DAY_MS
  if (Math.abs(ahead) <= 1) {
    const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(ahead, 'day')
    return words.charAt(0).toLocaleUpperCase(locale) + words.slice(1)
  }
  const isNear = ahead > 0 && ahead < 7
  const format = isNear ? ({ weekday: 'long' } as const) : ({ dateStyle: 'medium' } as const)
  return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...format }).format(date)
}

/** When it is due in words: `Tomorrow 17:00`. */
export function dueInWords(todo: DueDate, clock: Clock): string | null {
  const day = dueDay(todo, clock)
  if (day === null) return null
  const words = dayInWords(day, clock)
  if (todo.dueAt === null) return words
  const { locale, zone } = clock
  return `${words} ${new Intl.DateTimeFormat(locale, { timeZone: zone, timeStyle: 'short' }).format(new Date(todo.dueAt))}`
}
