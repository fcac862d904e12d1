import { instantOf } from '../../lib/zone'
import { type Due, readDue, toDueColumns } from '../due'
import { OWN_LIST } from '../import/readers/vtodo'
import { intendedTime, withoutTimeOfDay } from '../recurrence'
import { contentLine, escapeText, icsInstant, icsTime } from './content-line'
import type { ExportedTodo, FileWriter } from './exported-todo'
import { vtimezone, type ZoneSpan } from './vtimezone'

/*
 * iCalendar: to-dos as VTODO (RFC 5545 3.6.2).
 */

/** RFC 5545 3.8.1.9: 1 is the highest, 1 to 4 are high, 5 is medium, 6 to 9 are low. */
const PRIORITIES: Record<ExportedTodo['priority'], number> = { urgent: 1, high: 3, medium: 5, low: 9, none: 0 }

export const PRODUCT = '-//Latchkey//To-dos//EN'

/** The zones that the file explains, by their names. A time in another zone, or beyond that span, is written in UTC. */
export type Zones = ReadonlyMap<string, ZoneSpan>

export const icsWriter = (zones: Zones): FileWriter => ({
  start: [
    contentLine('BEGIN', 'VCALENDAR'),
    contentLine('VERSION', '2.0'),
    contentLine('PRODID', PRODUCT),
    ...[...zones].map(([zone, span]) => vtimezone(zone, span)),
  ].join(''),
  todo: (todo) => vtodo(todo, zones),
  end: contentLine('END', 'VCALENDAR'),
})

function vtodo(todo: ExportedTodo, zones: Zones): string {
  const instant = (time: string) => icsInstant(Date.parse(time))
  const { description, labels, parentId, list, completedAt } = todo
  return [
    contentLine('BEGIN', 'VTODO'),
    contentLine('UID', todo.id),
    contentLine('DTSTAMP', instant(todo.updatedAt)),
    contentLine('CREATED', instant(todo.createdAt)),
    contentLine('LAST-MODIFIED', instant(todo.updatedAt)),
    contentLine('SUMMARY', escapeText(todo.contents)),
    description === null ? '' : contentLine('DESCRIPTION', escapeText(description)),
    todo.priority === 'none' ? '' : contentLine('PRIORITY', String(PRIORITIES[todo.priority])),
    labels.length === 0 ? '' : contentLine('CATEGORIES', labels.map(escapeText).join(',')),
    // The format has no lists within a file. Our own import reads this one.
    list === null ? '' : contentLine(OWN_LIST, escapeText(list)),
    parentId === null ? '' : contentLine('RELATED-TO', parentId),
    ...dueLines(todo, zones),
    contentLine('STATUS', completedAt === null ? 'NEEDS-ACTION' : 'COMPLETED'),
    completedAt === null ? '' : contentLine('COMPLETED', instant(completedAt)),
    contentLine('END', 'VTODO'),
  ].join('')
}

/**
 * What recurs needs a DTSTART. RFC 5545 would have DUE be later than that, which for a whole day is the day after it. But Apple Reminders,
 * Thunderbird and Tasks.org take DUE for the day itself, and Apple writes the same day in both. So do we.
 *
 * What is done recurs no more: the next one has the rule. With it in both, there would be two series.
 */
function dueLines({ due: text, recurrence, isDone }: ExportedTodo, zones: Zones): string[] {
  const due = text === null ? null : readDue(text)
  if (due === null) return []
  if (recurrence === null || isDone) return [dueLine('DUE', due, zones)]
  const intended = intendedDue(due, recurrence)
  const rule = ruleWithUntil(withoutTimeOfDay(recurrence), due)
  return [dueLine('DTSTART', intended, zones), dueLine('DUE', intended, zones), contentLine('RRULE', rule)]
}

/** On a night that has no 02:30, a calendar takes 02:30 for 03:30 (RFC 5545 3.3.5), and goes on at 02:30 on the next day, as we do. */
const intendedDue = (due: Due, rule: string): Due =>
  due.kind === 'day' ? due : { ...due, wallClockMs: intendedTime(rule, toDueColumns(due)) }

function dueLine(name: string, due: Due, zones: Zones): string {
  const { params, value } = dueValue(due, zones)
  return contentLine(`${name}${params}`, value)
}

function dueValue(due: Due, zones: Zones): { params: string; value: string } {
  if (due.kind === 'day') return { params: ';VALUE=DATE', value: due.day.replaceAll('-', '') }
  const { wallClockMs, zone } = due
  const instantMs = instantOf(wallClockMs, zone)
  const span = zones.get(zone)
  const isExplained = span !== undefined && instantMs >= span.fromMs && instantMs <= span.untilMs
  return isExplained
    ? { params: `;TZID=${zone}`, value: icsTime(wallClockMs) }
    : { params: '', value: icsInstant(instantMs) }
}

/** Our rules end on the wall clock of the due date. RFC 5545 3.3.10 wants a day for a whole day, and UTC for a time. */
const ruleWithUntil = (rule: string, due: Due): string =>
  rule.replace(/UNTIL=(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z?)?/, (_, year, month, day, ...time) => {
    const [hours = '23', minutes = '59', seconds = '59'] = time.slice(0, 3)
    const untilMs = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`)
    if (due.kind === 'day' || Number.isNaN(untilMs)) return `UNTIL=${year}${month}${day}`
    return `UNTIL=${icsInstant(instantOf(untilMs, due.zone))}`
  })
