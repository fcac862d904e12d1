import { HOUR_MS, MINUTE_MS } from '../../lib/time'
import { wallClockAt } from '../../lib/zone'
import type { Clock, When } from './read-phrase'

const END = '(?![^\\s.,;!?)])'
const COUNT = '(an?|\\d{1,3}|한|두|세|네)'

/** `in 2 hours`, `in 45 min`, `1시간 30분 뒤`, `한 시간 반 후`. */
const PATTERNS = [
  new RegExp(`in ${COUNT} ?(?:hours?|hrs?)(?:(?: and)? (\\d{1,3}) ?min(?:ute)?s?)?${END}`, 'iy'),
  new RegExp(`in()(?: (\\d{1,3}) ?min(?:ute)?s?)${END}`, 'iy'),
  new RegExp(`${COUNT} ?시간(?: ?(\\d{1,3}) ?분| ?(반))? ?(?:후|뒤)(?:에)?${END}`, 'y'),
  new RegExp(`()(\\d{1,3}) ?분 ?(?:후|뒤)(?:에)?${END}`, 'y'),
]

const COUNTS: Partial<Record<string, number>> = { a: 1, an: 1, 한: 1, 두: 2, 세: 3, 네: 4 }

/** How long from now, where it begins at `start`. No program writes such words, so the reader of dates has none. */
export function readFromNow(text: string, start: number, { now, zone }: Clock): (When & { end: number }) | null {
  for (const pattern of PATTERNS) {
    pattern.lastIndex = start
    const [typed, hours = '', minutes = '', half] = pattern.exec(text) ?? []
    if (typed === undefined) continue
    const counted = Number(minutes) + (half === undefined ? 0 : 30)
    const at = now + (COUNTS[hours.toLowerCase()] ?? Number(hours)) * HOUR_MS + counted * MINUTE_MS
    const minute = Math.floor(wallClockAt(at, zone) / MINUTE_MS) * MINUTE_MS
    return { due: `${new Date(minute).toISOString().slice(0, 19)}[${zone}]`, rule: null, end: start + typed.length }
  }
  return null
}
