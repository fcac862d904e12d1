import { isWord, type Token } from './tokens'

export interface Pattern {
  freq: 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY'
  interval: number
  /** 0 is Monday. `nth` is the how-manieth in its month, from its end if it is negative. */
  weekdays: { weekday: number; nth: number | null }[]
  /** Days of the month; -1 is the last one. */
  monthDays: number[]
  months: number[]
  /** The how-manieth of the weekdays of the month. */
  position: number | null
}

/** What has been made out of the words so far. */
interface Parts {
  unit: string | null
  interval: number | null
  weekdays: Pattern['weekdays']
  monthDays: number[]
  months: number[]
  position: number | null
  isWorkday: boolean
  /** Numbers that wait for the word that says what they count. */
  waiting: { value: number; isOrdinal: boolean }[]
  /** The word before, if it was one. */
  before: string | null
}

export const WORKDAYS = [0, 1, 2, 3, 4]
const SATURDAY = 5

/** What words with `every` stand for, without times and dates; null if there is a word that does not belong to it. */
export function readPattern(tokens: Token[]): Pattern | null {
  const parts: Parts = {
    unit: null,
    interval: null,
    weekdays: [],
    monthDays: [],
    months: [],
    position: null,
    isWorkday: false,
    waiting: [],
    before: null,
  }
  for (const token of tokens) {
    if (!takePart(parts, token)) return null
    parts.before = token.kind === 'word' ? token.word : null
  }
  flush(parts)
  return isPossible(parts) ? patternOf(parts) : null
}

function takePart(parts: Parts, token: Token): boolean {
  if (token.kind === 'number') {
    // `todo dia 27`: the day is no unit here.
    if (parts.before === 'day' && parts.unit === 'day' && parts.interval === null) parts.unit = null
    parts.waiting.push(token)
    return true
  }
  if (token.kind === 'weekday') return takeWeekday(parts, token.value)
  if (token.kind === 'month-name') {
    parts.months.push(token.value)
    return true
  }
  if (token.kind !== 'word') return false
  switch (token.word) {
    case 'noise':
    case 'ordinal-mark':
    case 'at':
      return true
    case 'every':
      flush(parts)
      return true
    case 'other':
      parts.waiting.push({ value: 2, isOrdinal: false })
      return true
    case 'last':
      parts.waiting.push({ value: -1, isOrdinal: true })
      return true
    case 'workday':
      return takeWorkday(parts)
    case 'weekend':
      return takeWeekday(parts, SATURDAY)
    default:
      return takeUnit(parts, token)
  }
}

/** Numbers that nothing follows are days of the month: `every 15, 27`. */
function flush(parts: Parts): void {
  parts.monthDays.push(...parts.waiting.map(({ value }) => value))
  parts.waiting = []
}

/** `every 3rd Friday` is one of the month, `every 2 Fridays` is every other week. */
function takeWeekday(parts: Parts, weekday: number): boolean {
  const [first, ...others] = parts.waiting
  if (!first) parts.weekdays.push({ weekday, nth: null })
  else if (parts.waiting.every(({ isOrdinal }) => isOrdinal)) {
    parts.weekdays.push(...parts.waiting.map(({ value }) => ({ weekday, nth: value })))
  } else if (others.length > 0 || parts.interval !== null) return false
  else {
    parts.interval = first.value
    parts.weekdays.push({ weekday, nth: null })
  }
  parts.waiting = []
  return true
}

/** `every workday`, `every last workday`. */
function takeWorkday(parts: Parts): boolean {
  const [first, ...others] = parts.waiting
  if (parts.isWorkday || others.length > 0 || (first && !first.isOrdinal)) return false
  parts.isWorkday = true
  parts.position = first?.value ?? null
  parts.waiting = []
  return true
}

function takeUnit(parts: Parts, token: Token & { kind: 'word' }): boolean {
  const { word } = token
  if (!['day', 'week', 'month', 'quarter', 'year'].includes(word)) return false
  const isWithinMonth = parts.unit === 'month' || parts.unit === 'year' || parts.months.length > 0
  // `every 27th of the month`
  if (word === 'month' && parts.before === 'noise') flush(parts)
  const [first, ...others] = parts.waiting
  if (word === 'month' && parts.unit === 'year' && first && token.isDateMark === true) {
    // 매년 1월 27일
    parts.months.push(first.value)
    parts.waiting = []
    return others.length === 0
  }
  if (word === 'day' && first && (isWithinMonth || first.value === -1 || (first.isOrdinal && first.value === 1))) {
    flush(parts)
    return true
  }
  // `the last day of the month`: it says the unit once more.
  const isAgain = parts.monthDays.length > 0 && word === 'month'
  if (others.length > 0 || (first?.value ?? 1) < 1 || (parts.unit !== null && !isAgain)) return false
  if (first) parts.interval = first.value
  parts.unit = word
  parts.waiting = []
  return true
}

const within = (numbers: number[], max: number): boolean => numbers.every((n) => n === -1 || (n >= 1 && n <= max))

function isPossible({ interval, weekdays, monthDays, months, position, isWorkday }: Parts): boolean {
  const kinds = [weekdays.length > 0, monthDays.length > 0, isWorkday].filter(Boolean).length
  return (
    kinds <= 1 &&
    (interval === null || (interval >= 1 && interval <= 999)) &&
    within(monthDays, 31) &&
    within(months, 12) &&
    within([position ?? 1, ...weekdays.map(({ nth }) => nth ?? 1)], 5)
  )
}

function patternOf({ unit, interval, weekdays, monthDays, months, position, isWorkday }: Parts): Pattern | null {
  const every = interval ?? 1
  const pattern: Pattern = { freq: 'DAILY', interval: every, weekdays, monthDays, months, position }
  const isOneOf = (...units: (string | null)[]) => units.includes(unit)
  if (isWorkday) {
    const workdays = WORKDAYS.map((weekday) => ({ weekday, nth: null }))
    if (months.length > 0 || every > 1 || !isOneOf(null, position === null ? 'week' : 'month')) return null
    return { ...pattern, freq: position === null ? 'WEEKLY' : 'MONTHLY', weekdays: workdays }
  }
  if (weekdays.length > 0) {
    const counted = weekdays.filter(({ nth }) => nth !== null)
    if (counted.length === 0)
      return months.length === 0 && isOneOf(null, 'week') ? { ...pattern, freq: 'WEEKLY' } : null
    if (counted.length < weekdays.length || !isOneOf(null, 'month', 'year')) return null
    if (months.length > 0) return every === 1 ? { ...pattern, freq: 'YEARLY' } : null
    return unit === 'year' ? null : { ...pattern, freq: 'MONTHLY' }
  }
  if (months.length > 0) {
    if (!isOneOf(null, 'year')) return null
    return { ...pattern, freq: 'YEARLY', monthDays: monthDays.length > 0 ? monthDays : [1] }
  }
  if (monthDays.length > 0) return isOneOf(null, 'month') ? { ...pattern, freq: 'MONTHLY' } : null
  switch (unit) {
    case 'week':
      return { ...pattern, freq: 'WEEKLY' }
    case 'month':
      return { ...pattern, freq: 'MONTHLY' }
    case 'quarter':
      return { ...pattern, freq: 'MONTHLY', interval: 3 * every }
    case 'year':
      return { ...pattern, freq: 'YEARLY' }
    default:
      return unit === 'day' ? pattern : null
  }
}

export const isEvery = (token: Token): boolean => isWord(token, 'every')
