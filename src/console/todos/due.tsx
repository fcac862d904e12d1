import { DAY_MS } from '../../lib/time'
import { wallClockAt } from '../../lib/zone'
import type { Todo } from '../../todos/schemas'
import type { Reader } from '../page/person'

/** Each language has one format for each zone, whose name people may write in upper and lower case. */
const MAX_FORMATS = 500
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(locale: string, zone: string | null): Intl.DateTimeFormat {
  const key = `${locale} ${zone}`
  const known = formats.get(key)
  if (known) return known
  const time = zone === null ? {} : ({ timeStyle: 'short' } as const)
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: zone ?? 'UTC', ...time })
  if (formats.size >= MAX_FORMATS) formats.clear()
  formats.set(key, format)
  return format
}

/** Today on the wall clock of a zone: `2026-12-24`. */
export const todayOf = (zone: string, now: number): string =>
  new Date(wallClockAt(now, zone)).toISOString().slice(0, 'YYYY-MM-DD'.length)

export const dayAfter = (day: string): string =>
  new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length)

type DueDate = Pick<Todo, 'due' | 'dueAt'>

/** A due date in words: a day, or a time on the wall clock of the reader. Null if there is none. */
export function dueInWords({ locale, zone }: Reader, { due, dueAt }: DueDate): string | null {
  if (due === null) return null
  if (dueAt === null) return formatOf(locale, null).format(new Date(due))
  const words = formatOf(locale, zone).format(new Date(dueAt))
  return zone === 'UTC' ? `${words} UTC` : words
}

/** Whether it should have been done before now. A whole day is late when it is over where the reader is. */
export const isLate = ({ zone, now }: Reader, { due, dueAt, isDone }: DueDate & Pick<Todo, 'isDone'>): boolean => {
  if (isDone || due === null) return false
  return dueAt === null ? due < todayOf(zone, now) : Date.parse(dueAt) < now
}

/** A due date as it is. console.js leaves it alone. */
export function Due({ reader, todo }: { reader: Reader; todo: DueDate }) {
  return (
    <time class="due" datetime={todo.dueAt ?? todo.due ?? undefined}>
      {dueInWords(reader, todo)}
    </time>
  )
}
