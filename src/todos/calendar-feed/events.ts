import { DAY_MS, MINUTE_MS } from '../../lib/time'
import { instantOf } from '../../lib/zone'
import { wallClockOf } from '../due'
import { contentLine, escapeText, icsDay, icsInstant } from '../export/content-line'
import { PRODUCT } from '../export/ics'
import { intendedTime, nextOccurrence, todayIn } from '../recurrence'
import { type DueTodo, MAX_EVENTS } from './read-feed'

/*
 * When to-dos are due, as events (RFC 5545 3.6.1): calendars show no VTODO. Those that recur are written out, because a calendar would go on
 * for ever, and would count from the one that is due now.
 */

const AHEAD_MS = 90 * DAY_MS
const MAX_OCCURRENCES = 100
/** A rule that gives nothing in 90 days takes longest to try. */
const MAX_FRUITLESS = 200

const EVENT_MS = 30 * MINUTE_MS
/** An event is no place for a long text. With 1,000 of them, a feed has at most 4 MB. */
const MAX_DESCRIPTION = 1000

interface Occurrence {
  todo: DueTodo
  /** On the wall clock of its zone, or the first ms of a day. */
  wallClockMs: number
}

/** @param timeZone the zone of the person: today, for whole days */
export function eventCalendar(todos: DueTodo[], { timeZone, now }: { timeZone: string; now: number }): string {
  const due = todos.map((todo): Occurrence => ({ todo, wallClockMs: wallClockOf(todo) }))
  const later = laterOccurrences(due, { timeZone, now }, MAX_EVENTS - due.length)
  return [
    contentLine('BEGIN', 'VCALENDAR'),
    contentLine('VERSION', '2.0'),
    contentLine('PRODID', PRODUCT),
    contentLine('CALSCALE', 'GREGORIAN'),
    contentLine('METHOD', 'PUBLISH'),
    contentLine('X-WR-CALNAME', 'To-dos'),
    contentLine('REFRESH-INTERVAL;VALUE=DURATION', 'PT15M'),
    contentLine('X-PUBLISHED-TTL', 'PT15M'),
    ...due.map((occurrence) => vevent(occurrence, occurrence.todo.id)),
    ...later.map((occurrence) => vevent(occurrence, `${occurrence.todo.id}-${icsDay(occurrence.wallClockMs)}`)),
    contentLine('END', 'VCALENDAR'),
  ].join('')
}

/** What comes after the ones that are due, for the to-dos that recur. */
function laterOccurrences(
  due: Occurrence[],
  { timeZone, now }: { timeZone: string; now: number },
  most: number,
): Occurrence[] {
  const later: Occurrence[] = []
  let fruitless = 0
  for (const { todo } of due) {
    if (todo.recurrence === null || fruitless === MAX_FRUITLESS) continue
    const todayMs = todayIn(todo.dueZone ?? timeZone, now)
    // On the night that has no 02:30, it is due at 03:30, and at 02:30 again on the next day.
    let last = { wallClockMs: intendedTime(todo.recurrence, todo), rule: todo.recurrence }
    for (let count = 1; count < MAX_OCCURRENCES && later.length < most; count++) {
      const next = nextOccurrence(last.rule, last.wallClockMs, todayMs)
      if (!next || next.wallClockMs >= todayMs + AHEAD_MS) {
        fruitless++
        break
      }
      later.push({ todo, wallClockMs: next.wallClockMs })
      last = next
    }
  }
  return later
}

function vevent({ todo, wallClockMs }: Occurrence, uid: string): string {
  const { dueZone, description } = todo
  const text = description === null ? null : firstLetters(description, MAX_DESCRIPTION)
  return [
    contentLine('BEGIN', 'VEVENT'),
    contentLine('UID', uid),
    contentLine('DTSTAMP', icsInstant(todo.updatedAt)),
    ...(dueZone === null ? dayLines(wallClockMs) : timeLines(instantOf(wallClockMs, dueZone))),
    contentLine('SUMMARY', escapeText(todo.contents)),
    text === null ? '' : contentLine('DESCRIPTION', escapeText(text)),
    contentLine('TRANSP', 'TRANSPARENT'),
    contentLine('END', 'VEVENT'),
  ].join('')
}

/** DTEND is the day after the last one (RFC 5545 3.6.1). */
const dayLines = (dayMs: number): string[] => [
  contentLine('DTSTART;VALUE=DATE', icsDay(dayMs)),
  contentLine('DTEND;VALUE=DATE', icsDay(dayMs + DAY_MS)),
]

const timeLines = (instantMs: number): string[] => [
  contentLine('DTSTART', icsInstant(instantMs)),
  contentLine('DTEND', icsInstant(instantMs + EVENT_MS)),
]

function firstLetters(text: string, most: number): string {
  // A letter has at most two UTF-16 units.
  const letters = [...text.slice(0, 2 * (most + 1))]
  return letters.length <= most ? text : `${letters.slice(0, most).join('')}…`
}
