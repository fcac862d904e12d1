import { DAY_MS } from '../../../lib/time'
import { instantOf, wallClockAt } from '../../../lib/zone'
import { MAX_RULE_LENGTH } from '../../recurrence'
import type { Due } from '../found-todo'
import type { ContentLine } from './content-lines'
import type { Situation } from './draft'
import { isoDay, validDay } from './words/calendar'

/** A DATE or DATE-TIME of RFC 5545 (3.3.4, 3.3.5). */
export interface IcsTime {
  due: Due
  /** A day counts from its midnight in the zone of the person. */
  instantMs: number
  /** A name of a zone that nobody knows. */
  unknownZone: string | null
}

const DATE_TIME = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/

export type Zones = Pick<Situation, 'zone' | 'zoneOf'>

/** Null if it is no time. A time without a zone is one in the zone of the person. */
export function readIcsTime(
  { value, params }: Pick<ContentLine, 'value' | 'params'>,
  { zone: ownZone, zoneOf }: Zones,
): IcsTime | null {
  const [, year, month, day, hours, minutes = '', seconds = '', utc] = DATE_TIME.exec(value.trim()) ?? []
  const midnight = year === undefined ? null : validDay(Number(year), Number(month), Number(day))
  if (midnight === null) return null
  if (hours === undefined) {
    return { due: { day: isoDay(midnight) }, instantMs: instantOf(midnight, ownZone), unknownZone: null }
  }
  if (Number(hours) > 23 || Number(minutes) > 59) return null
  // A leap second is the second before it.
  const ms = midnight + ((Number(hours) * 60 + Number(minutes)) * 60 + Math.min(59, Number(seconds))) * 1000
  if (utc === 'Z') return { due: { instant: ms }, instantMs: ms, unknownZone: null }
  const name = params.get('TZID')
  const found = name === undefined ? ownZone : zoneOf(name)
  const zone = found ?? ownZone
  return {
    due: onWallClock(ms, zone),
    instantMs: instantOf(ms, zone),
    unknownZone: found === null ? (name ?? '') : null,
  }
}

const onWallClock = (ms: number, zone: string): Due => ({ wallClock: new Date(ms).toISOString().slice(0, 19), zone })

/** Its figures, in ms. */
export function clockMs({ due }: IcsTime): number {
  if ('instant' in due) return due.instant
  return Date.parse('day' in due ? `${due.day}T00:00:00Z` : `${due.wallClock}Z`)
}

export const dayOf = (time: IcsTime): number => Math.floor(clockMs(time) / DAY_MS)

const LAST_TIME = Date.UTC(10_000, 0, 1)

const DURATION = /^\+?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?$/

/** RFC 5545, 3.3.6: days are days of the wall clock. Null if it is no duration. */
export function addDuration(start: IcsTime, typed: string, ownZone: string): IcsTime | null {
  const match = DURATION.exec(typed.trim())
  if (!match) return null
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0))
  const timeMs = ((hours * 60 + minutes) * 60 + seconds) * 1000
  const ms = clockMs(start) + (weeks * 7 + days) * DAY_MS + timeMs
  const { due } = start
  if (ms >= LAST_TIME) return null
  if ('day' in due && timeMs === 0) return { ...start, due: { day: isoDay(ms) }, instantMs: instantOf(ms, ownZone) }
  if ('instant' in due) return { ...start, due: { instant: ms }, instantMs: ms }
  const zone = 'zone' in due ? due.zone : ownZone
  return { ...start, due: onWallClock(ms, zone), instantMs: instantOf(ms, zone) }
}

interface RulePlace {
  /** What the rule counts from, if that is not what is due. */
  start: IcsTime | null
  zones: Zones
}

/**
 * The rule with its last time on the wall clock of what is due. RFC 5545 has that in UTC, and as a time of the start; here it is one of
 * the due date.
 */
export function ruleInZone(typed: string, due: IcsTime, { start, zones }: RulePlace): string {
  if (typed.length > MAX_RULE_LENGTH) return typed
  const rule = typed
    .trim()
    .toUpperCase()
    .replace(/(BY\w+=|,)0(?=\d)/g, '$1')
  const shift = start ? clockMs(due) - clockMs(start) : 0
  return rule.replace(/UNTIL=(\d{8}(?:T\d{6}Z?)?)/, (whole, value: string) => {
    const until = readIcsTime({ params: new Map(), value }, zones)
    if (!until) return whole
    const isInstant = 'instant' in until.due && !('instant' in due.due)
    const clock = isInstant
      ? wallClockAt(until.instantMs, 'zone' in due.due ? due.due.zone : zones.zone)
      : clockMs(until)
    const last = new Date('day' in until.due ? clock + Math.floor(shift / DAY_MS) * DAY_MS : clock + shift)
    if (!(last.getTime() > 0 && last.getTime() < LAST_TIME)) return whole
    const written = last.toISOString().slice(0, 19).replace(/[-:]/g, '')
    return `UNTIL=${'day' in due.due || 'day' in until.due ? written.slice(0, 8) : written}`
  })
}
