import { DAY_MS } from '../../../lib/time'
import { instantOf, wallClockAt } from '../../../lib/zone'
import type { Due } from '../found-todo'
import type { Situation } from './draft'
import { isObject, textOf } from './json'
import { isoDay } from './words/calendar'

/** https://learn.microsoft.com/en-us/graph/api/resources/datetimetimezone */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?$/

/** Its wall clock, in ms; null if it is no time. */
function wallClockOf(value: unknown): { ms: number; zoneName: string; typed: string } | null {
  if (!isObject(value)) return null
  const typed = textOf(value['dateTime'])
  const ms = DATE_TIME.test(typed) ? Date.parse(`${typed.slice(0, 19)}Z`) : Number.NaN
  return { ms, zoneName: textOf(value['timeZone']) || 'UTC', typed }
}

/** When something was done, in ms. */
export function instantOfGraph(value: unknown, { zoneOf }: Situation): number | null {
  const clock = wallClockOf(value)
  if (!clock || Number.isNaN(clock.ms)) return null
  return instantOf(clock.ms, zoneOf(clock.zoneName) ?? 'UTC')
}

export interface GraphDue {
  due: Due | null
  /** A name of a zone that nobody knows. */
  unknownZone: string | null
  typed: string
}

/**
 * To Do knows only days, and keeps midnight of the person's zone. Graph answers in UTC: for somebody in Seoul, 24 December is 15:00 of
 * the 23rd. So it is a day if it is midnight in the zone that is named, or in the person's.
 */
export function readGraphDue(value: unknown, { zone: ownZone, zoneOf }: Situation): GraphDue {
  const clock = wallClockOf(value)
  if (!clock || clock.typed === '') return { due: null, unknownZone: null, typed: '' }
  if (Number.isNaN(clock.ms)) return { due: null, unknownZone: null, typed: clock.typed }
  const found = zoneOf(clock.zoneName)
  const zone = found ?? ownZone
  const unknownZone = found === null ? clock.zoneName : null
  const own = wallClockAt(instantOf(clock.ms, zone), ownZone)
  const midnight = [clock.ms, own].find((ms) => ms % DAY_MS === 0)
  const due: Due =
    midnight === undefined
      ? { wallClock: new Date(clock.ms).toISOString().slice(0, 19), zone }
      : { day: isoDay(midnight) }
  return { due, unknownZone, typed: clock.typed }
}
