import { DAY_MS } from '../../lib/time'
import type { Todo } from '../../todos/schemas'
import type { Reader } from '../page/person'
import { dayAt, daysFromToday, formatOf, shortDay } from './day-words'

/** Today on the wall clock of a zone: `2026-12-24`. */
export const todayOf = dayAt

export const dayAfter = (day: string): string =>
  new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length)

type DueDate = Pick<Todo, 'due' | 'dueAt'>

/** The day that it is due where the reader is. Null if there is none. */
export const dueDayOf = ({ zone }: Reader, { due, dueAt }: DueDate): string | null =>
  dueAt === null ? due : dayAt(zone, Date.parse(dueAt))

/** Without a zone in the profile, times are in UTC, and say so. */
const inZone = ({ zone }: Reader, words: string): string => (zone === 'UTC' ? `${words} UTC` : words)

/** A due date in words: a day, or a time on the wall clock of the reader. Null if there is none. */
export function dueInWords(reader: Reader, { due, dueAt }: DueDate): string | null {
  const { locale, zone } = reader
  if (due === null) return null
  if (dueAt === null) return formatOf(locale, null, { dateStyle: 'medium' }).format(new Date(due))
  return inZone(reader, formatOf(locale, zone, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(dueAt)))
}

/** The same in as few words as a chip has room for: “Tomorrow 18:00”. */
export function dueOnChip(reader: Reader, { due, dueAt }: DueDate): string {
  if (due === null) return ''
  if (dueAt === null) return shortDay(reader, due)
  const at = new Date(dueAt)
  const time = formatOf(reader.locale, reader.zone, { timeStyle: 'short' }).format(at)
  return inZone(reader, `${shortDay(reader, dayAt(reader.zone, at.getTime()))} ${time}`)
}

/** The whole date, with its weekday and the zone of a time. */
function dueInFull({ locale, zone }: Reader, { due, dueAt }: DueDate): string {
  if (due === null) return ''
  if (dueAt === null) return formatOf(locale, null, { dateStyle: 'full' }).format(new Date(due))
  const words = formatOf(locale, zone, { dateStyle: 'full', timeStyle: 'short' }).format(new Date(dueAt))
  return `${words} (${zone})`
}

/** Whether it should have been done before now. A whole day is late when it is over where the reader is. */
export const isLate = ({ zone, now }: Reader, { due, dueAt, isDone }: DueDate & Pick<Todo, 'isDone'>): boolean => {
  if (isDone || due === null) return false
  return dueAt === null ? due < todayOf(zone, now) : Date.parse(dueAt) < now
}

/** So many days from today, it is soon. */
const SOON_DAYS = 6

/** The class of a chip that says when an open to-do is due. */
export function dueClass(reader: Reader, todo: DueDate & Pick<Todo, 'isDone'>): 'late' | 'today' | 'soon' | undefined {
  if (isLate(reader, todo)) return 'late'
  const day = todo.isDone ? null : dueDayOf(reader, todo)
  if (day === null) return undefined
  const days = daysFromToday(reader, day)
  if (days === 0) return 'today'
  return days <= SOON_DAYS ? 'soon' : undefined
}

/** A due date as it is. console.js leaves it alone. */
export function Due({ reader, todo }: { reader: Reader; todo: DueDate }) {
  return (
    <time class="due" datetime={todo.dueAt ?? todo.due ?? undefined} title={dueInFull(reader, todo)}>
      {dueOnChip(reader, todo)}
    </time>
  )
}
