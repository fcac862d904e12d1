import { BoundedMap } from './bounded-map'
import { MINUTE_MS, SECOND_MS } from './time'

/*
 * Wall clocks of IANA time zones, by the data that comes with the runtime. A time on a wall clock is written as the ms that the same
 * figures have in UTC, so that days can be added to it.
 */

const DAY_AND_MORE_MS = 36 * 60 * MINUTE_MS

/** There are about 600 names, which may be written in upper and lower case. */
const formats = new BoundedMap<Intl.DateTimeFormat>(1000)

/** An offset such as `+09:00` is no name of a zone, although Intl takes it. */
const NAME = /^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/

/**
 * Whether this is the name of a zone. The name stays as it was given: the runtime would make `Asia/Calcutta` of `Asia/Kolkata`, and both
 * are right.
 */
export function isZone(name: string): boolean {
  if (!NAME.test(name)) return false
  try {
    formatOf(name)
    return true
  } catch {
    return false
  }
}

const formatOf = (zone: string): Intl.DateTimeFormat =>
  formats.getOrMake(
    zone,
    () => new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset', year: 'numeric' }),
  )

const OFFSET = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/

/**
 * How far the wall clock of a zone is ahead of UTC at this instant, in ms. Before 1900 it may have seconds. Another version of the runtime
 * may have known a zone that this one does not know: that is UTC here.
 */
export function offsetAt(instantMs: number, zone: string): number {
  if (!isZone(zone)) return 0
  const part = formatOf(zone)
    .formatToParts(instantMs)
    .find(({ type }) => type === 'timeZoneName')
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = OFFSET.exec(part?.value ?? '') ?? []
  const size = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS + Number(seconds) * SECOND_MS
  return sign === '-' ? -size : size
}

/** What the wall clock of a zone shows at an instant. */
export const wallClockAt = (instantMs: number, zone: string): number => instantMs + offsetAt(instantMs, zone)

/**
 * When the wall clock of a zone shows this. Of two such instants, when clocks are put back, it is the earlier one. Where there is none,
 * because clocks are put forward, it is as much later as they are put forward (RFC 5545 3.3.5).
 */
export function instantOf(wallClockMs: number, zone: string): number {
  const [before, after] = [-1, 1].map((side) => offsetAt(wallClockMs + side * DAY_AND_MORE_MS, zone))
  const candidates = [before, after].map((offset = 0) => wallClockMs - offset)
  const valid = candidates.filter((instant) => wallClockAt(instant, zone) === wallClockMs)
  return valid.length > 0 ? Math.min(...valid) : wallClockMs - (before ?? 0)
}
