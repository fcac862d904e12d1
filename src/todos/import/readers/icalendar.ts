import { type ContentLine, nameOf, readContentLine, type UnfoldedLine, unescapeText, unfold } from './content-lines'
import type { Entry, Outcome, Situation } from './draft'
import { readVtodo, VTODO_NAMES } from './vtodo'

/*
 * iCalendar: RFC 5545, and its VTODO (3.6.2). What is about the calendar's own work is left out: DTSTAMP, LAST-MODIFIED, SEQUENCE, CLASS,
 * and all that begins with X- but the list in files of our own.
 */

export const looksLikeCalendar = (text: string): boolean => /^\s*BEGIN:VCALENDAR\s/i.test(text.slice(0, 200))

/** A part of a calendar that is being read: a VTODO, a VEVENT. Parts within it are only named. */
interface Component {
  name: string
  line: number
  properties: ContentLine[]
  hasAlarm: boolean
  /** Lines that have no name and value. */
  unreadable: string[]
}

/** What is known of the calendar. */
interface Calendar {
  name: string | null
  /** What is open: VCALENDAR, then a component, then what is within that. */
  open: string[]
  component: Component | null
  /** Names that the file gives to zones, and what they are elsewhere. */
  zones: Map<string, string>
  /** The first line of those between two components. */
  between: number | null
}

export function* readICalendar(text: string, situation: Situation): Generator<Entry> {
  const calendar: Calendar = { name: null, open: [], component: null, zones: new Map(), between: null }
  let lastLine = 0
  for (const unfolded of unfold(text)) {
    lastLine = unfolded.lastLine
    const hadComponent = calendar.component !== null
    const ended = takeLine(calendar, unfolded)
    if (!hadComponent && calendar.component) yield* endBetween(calendar, unfolded.line - 1)
    if (ended) yield { line: ended.line, lastLine, ...outcomeOf(ended, calendar, situation) }
  }
  if (calendar.component) {
    yield {
      line: calendar.component.line,
      lastLine,
      kind: 'refused',
      why: 'unclosed',
      what: summaryOf(calendar.component),
    }
  }
  yield* endBetween(calendar, lastLine)
}

function* endBetween(calendar: Calendar, lastLine: number): Generator<Entry> {
  if (calendar.between !== null) {
    yield { line: calendar.between, lastLine, kind: 'skipped', why: 'heading', what: calendar.name ?? '' }
  }
  calendar.between = null
}

/** More are those of a broken file. */
const MAX_PROPERTIES = 1000

/** @returns the component that this line ends */
function takeLine(calendar: Calendar, { line, text }: UnfoldedLine): Component | null {
  const { component, open } = calendar
  const name = nameOf(text)
  if (name === 'BEGIN') {
    begin(
      calendar,
      text
        .slice(text.indexOf(':') + 1)
        .trim()
        .toUpperCase(),
      line,
    )
    return null
  }
  if (name === 'END') return end(calendar, line)
  if (!component) takeSetting(calendar, text, line)
  else if (open.length === 1) takeProperty(component, text, name)
  return null
}

function begin(calendar: Calendar, name: string, line: number): void {
  const { component, open } = calendar
  if (component) {
    component.hasAlarm ||= name === 'VALARM'
    open.push(name)
  } else if (open.length > 0) {
    calendar.component = { name, line, properties: [], hasAlarm: false, unreadable: [] }
  } else {
    calendar.between ??= line
    calendar.name = null
    open.push(name)
  }
}

function end(calendar: Calendar, line: number): Component | null {
  const { component, open } = calendar
  if (!component) calendar.between ??= line
  if (!component || open.length > 1) {
    open.pop()
    return null
  }
  calendar.component = null
  return component
}

const ZONE_NAMES = ['TZID', 'X-LIC-LOCATION']
const MAX_ZONES = 200

/** Some programs name a zone as they like, and say which one it is in `X-LIC-LOCATION`. */
function takeZone({ zones }: Calendar, { properties }: Component): void {
  const [name, location] = ZONE_NAMES.map((wanted) => properties.find((property) => property.name === wanted)?.value)
  if (name !== undefined && location !== undefined && zones.size < MAX_ZONES) zones.set(name, location)
}

function takeSetting(calendar: Calendar, text: string, line: number): void {
  calendar.between ??= line
  const content = readContentLine(text)
  if (content?.name === 'X-WR-CALNAME' || content?.name === 'NAME') calendar.name = unescapeText(content.value)
}

function takeProperty({ properties, unreadable }: Component, text: string, name: string | null): void {
  const isKept = name === null ? text.trim() !== '' : VTODO_NAMES.has(name) || ZONE_NAMES.includes(name)
  if (!isKept || properties.length + unreadable.length >= MAX_PROPERTIES) return
  const content = readContentLine(text)
  if (content) properties.push(content)
  else unreadable.push(text)
}

const summaryOf = ({ properties }: Component): string =>
  unescapeText(properties.find(({ name }) => name === 'SUMMARY')?.value.slice(0, 500) ?? '')

function outcomeOf(component: Component, calendar: Calendar, situation: Situation): Outcome {
  if (component.name === 'VTIMEZONE') takeZone(calendar, component)
  if (component.name !== 'VTODO') return { kind: 'skipped', why: 'not_a_todo', what: component.name }
  if (component.properties.some(({ name }) => name === 'RECURRENCE-ID')) {
    return { kind: 'skipped', why: 'changed_occurrence', what: summaryOf(component) }
  }
  const zoneOf = (name: string) => situation.zoneOf(name) ?? situation.zoneOf(calendar.zones.get(name) ?? '')
  const place = { line: component.line, list: calendar.name, situation: { ...situation, zoneOf } }
  const draft = readVtodo(component.properties, place)
  if (component.hasAlarm) draft.notes.push({ code: 'reminder_left_out', what: '' })
  draft.kept = draft.kept.concat(component.unreadable)
  return { kind: 'draft', draft }
}
