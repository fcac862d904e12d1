import { and, count, desc, eq, isNotNull, isNull, max, min } from 'drizzle-orm'
import type { Db } from '../../db/client'
import { DAY_MS } from '../../lib/time'
import { lists } from '../lists/tables'
import type { Todo } from '../schemas'
import { todos } from '../tables'
import { csvWriter } from './csv'
import type { FileWriter } from './exported-todo'
import { icsWriter, type Zones } from './ics'
import { todoTxtWriter } from './todo-txt'

/** The formats of files that other programs read. They have the to-dos that are not deleted. */
export const FILE_FORMATS = {
  csv: { contentType: 'text/csv; charset=utf-8', extension: 'csv' },
  'todo.txt': { contentType: 'text/plain; charset=utf-8', extension: 'txt' },
  ics: { contentType: 'text/calendar; charset=utf-8', extension: 'ics' },
} as const

export type FileFormat = keyof typeof FILE_FORMATS

/** A calendar explains the zones that most of its to-dos are in. Each takes a few ms. */
const MAX_ZONES = 50
const YEAR_MS = 366 * DAY_MS
/** Nobody plans further. It bounds how long changes of clocks are looked for. */
const MAX_YEARS = 30
/** What recurs has times after the one that it is due at. */
const YEARS_AHEAD = 10

/** What a file needs besides the to-dos. */
export const selectForFile = (db: Db, userId: string, format: FileFormat) => ({
  lists: db.select({ id: lists.id, name: lists.name }).from(lists).where(eq(lists.userId, userId)),
  zones:
    format === 'ics'
      ? db
          .select({ zone: todos.dueZone, first: min(todos.dueAt), last: max(todos.dueAt) })
          .from(todos)
          .where(and(eq(todos.userId, userId), isNull(todos.deletedAt), isNotNull(todos.dueZone)))
          .groupBy(todos.dueZone)
          .orderBy(desc(count()))
          .limit(MAX_ZONES)
      : undefined,
})

/** The zones of the to-dos, each with the time in which it is used. UTC needs no explanation. */
export function toZones(
  rows: { zone: string | null; first: number | null; last: number | null }[],
  now: number,
): Zones {
  const [earliest, latest] = [now - MAX_YEARS * YEAR_MS, now + MAX_YEARS * YEAR_MS]
  return new Map(
    rows.flatMap(({ zone, first, last }) => {
      if (zone === null || zone === 'UTC' || first === null || last === null) return []
      const fromMs = Math.max(first - DAY_MS, earliest)
      const untilMs = Math.min(Math.max(last, now) + YEARS_AHEAD * YEAR_MS, latest)
      return fromMs < untilMs ? [[zone, { fromMs, untilMs }] as const] : []
    }),
  )
}

export function writerOf(format: FileFormat, { zone, zones }: { zone: string; zones: Zones }): FileWriter {
  if (format === 'csv') return csvWriter()
  return format === 'ics' ? icsWriter(zones) : todoTxtWriter(zone)
}

/** The text of a file. It reads one page at a time, so no more than one page is in memory. */
export async function* fileText(
  writer: FileWriter,
  pages: AsyncIterable<(Todo & { deletedAt: string | null })[]>,
  listNames: ReadonlyMap<string, string>,
): AsyncGenerator<string> {
  yield writer.start
  for await (const page of pages) {
    const left = page.filter(({ deletedAt }) => deletedAt === null)
    const texts = left.map((todo) => writer.todo({ ...todo, list: listNames.get(todo.listId ?? '') ?? null }))
    if (texts.length > 0) yield texts.join('')
  }
  yield writer.end
}
