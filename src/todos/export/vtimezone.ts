import { DAY_MS, SECOND_MS } from '../../lib/time'
import { offsetAt } from '../../lib/zone'
import { contentLine, icsTime } from './content-line'

/*
 * RFC 5545 wants the rules of each zone that a calendar names (3.6.5). The runtime tells only the offset at an instant, so the changes are
 * looked for.
 */

/** The instants (ms) between which a calendar uses a zone. */
export interface ZoneSpan {
  fromMs: number
  untilMs: number
}

/** Two changes of a zone are never nearer to each other: in Morocco, clocks go back for a month. */
const STEP_MS = 20 * DAY_MS

interface Change {
  atMs: number
  before: number
  after: number
}

/** The VTIMEZONE of an IANA zone, right for that time. */
export function vtimezone(zone: string, { fromMs, untilMs }: ZoneSpan): string {
  const first = offsetAt(fromMs, zone)
  const changes = changesOf(zone, fromMs, untilMs)
  const groups = Map.groupBy(changes, ({ before, after }) => `${before} ${after}`)
  const start = { atMs: fromMs, before: first, after: first }
  return [
    contentLine('BEGIN', 'VTIMEZONE'),
    contentLine('TZID', zone),
    contentLine('X-LIC-LOCATION', zone),
    observance([start]),
    ...[...groups.values()].map(observance),
    contentLine('END', 'VTIMEZONE'),
  ].join('')
}

/** Changes between the same two offsets. Their times are those of the wall clock before. */
function observance(changes: Change[]): string {
  const [first, ...others] = changes
  if (!first) return ''
  const { before, after } = first
  const kind = after > before ? 'DAYLIGHT' : 'STANDARD'
  const onset = ({ atMs }: Change) => icsTime(atMs + before)
  return [
    contentLine('BEGIN', kind),
    contentLine('DTSTART', onset(first)),
    ...(others.length > 0 ? [contentLine('RDATE', others.map(onset).join(','))] : []),
    contentLine('TZOFFSETFROM', offsetText(before)),
    contentLine('TZOFFSETTO', offsetText(after)),
    contentLine('END', kind),
  ].join('')
}

function changesOf(zone: string, fromMs: number, untilMs: number): Change[] {
  const changes: Change[] = []
  let before = offsetAt(fromMs, zone)
  for (let lowMs = fromMs; lowMs < untilMs; lowMs += STEP_MS) {
    const after = offsetAt(lowMs + STEP_MS, zone)
    if (after === before) continue
    changes.push({ atMs: changeBetween(zone, lowMs, lowMs + STEP_MS), before, after })
    before = after
  }
  return changes
}

/** The first second that has another offset than `lowMs`. */
function changeBetween(zone: string, lowMs: number, highMs: number): number {
  const before = offsetAt(lowMs, zone)
  let [low, high] = [Math.floor(lowMs / SECOND_MS), Math.ceil(highMs / SECOND_MS)]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle * SECOND_MS, zone) === before) low = middle
    else high = middle
  }
  return high * SECOND_MS
}

/** `+0900`; with seconds where a zone had them. */
function offsetText(offsetMs: number): string {
  const [hours = '', minutes = '', seconds = ''] = new Date(Math.abs(offsetMs)).toISOString().slice(11, 19).split(':')
  return `${offsetMs < 0 ? '-' : '+'}${hours}${minutes}${seconds === '00' ? '' : seconds}`
}
