import { HOUR_MS, MINUTE_MS } from '../../lib/time'
import { wallClockAt } from '../../lib/zone'
import type { Clock, When } from './read-phrase'

const IN_ENGLISH = /in (an?|\d{1,3}) ?(hours?|hrs?|minutes?|mins?)(?![^\s.,;!?)])/iy
const IN_KOREAN = /(\d{1,3}|한|두|세|네) ?(시간|분) ?(?:후|뒤)(?:에)?(?![^\s.,;!?)])/y

const COUNTS: Partial<Record<string, number>> = { a: 1, an: 1, 한: 1, 두: 2, 세: 3, 네: 4 }

/** `in 2 hours` or `30분 뒤`, where it begins at `start`. A program that writes dates has no such words, so the reader of dates has none. */
export function readFromNow(text: string, start: number, { now, zone }: Clock): (When & { end: number }) | null {
  for (const pattern of [IN_ENGLISH, IN_KOREAN]) {
    pattern.lastIndex = start
    const [typed, count = '', unit = ''] = pattern.exec(text) ?? []
    if (typed === undefined) continue
    const size = /^(?:h|시간)/i.test(unit) ? HOUR_MS : MINUTE_MS
    const at = now + (COUNTS[count.toLowerCase()] ?? Number(count)) * size
    const minute = Math.floor(wallClockAt(at, zone) / MINUTE_MS) * MINUTE_MS
    return { due: `${new Date(minute).toISOString().slice(0, 19)}[${zone}]`, rule: null, end: start + typed.length }
  }
  return null
}
