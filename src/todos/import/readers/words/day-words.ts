import { addDays, addMonths, type DayFinder, dayMs, nearDay, validDay, weekdayOf } from './calendar'
import { isWord, type Token } from './tokens'

export interface FoundDay {
  ms: number
  isYearGuessed: boolean
}

const SATURDAY = 5

const FROM_TODAY: Partial<Record<string, number>> = { yesterday: -1, today: 0, tomorrow: 1, overmorrow: 2 }

/** What has been made out of the words so far. */
interface Parts {
  ms?: number
  weekday?: number
  year?: number
  month?: number
  day?: number
  isNext?: boolean
  isThis?: boolean
  isOrdinal?: boolean
}

/** The day that words without `every` stand for; null if there is a word that does not belong to it. */
export function readDay(tokens: Token[], today: number, findDay: DayFinder = nearDay): FoundDay | null {
  const parts: Parts = {}
  for (let at = 0; at < tokens.length; ) {
    const used = takePart(parts, tokens, at, today)
    if (used === 0) return null
    at += used
  }
  return dayOf(parts, today, findDay)
}

/** @returns how many tokens it has used; 0 if they mean nothing here */
function takePart(parts: Parts, tokens: Token[], at: number, today: number): number {
  const [token, next, third] = tokens.slice(at, at + 3)
  if (!token) return 0
  if (token.kind === 'date') {
    if (parts.day !== undefined) return 0
    parts.month = token.date.month
    parts.day = token.date.day
    if (token.date.year !== null) parts.year = token.date.year
    return 1
  }
  if (token.kind === 'weekday') return set(parts, 'weekday', token.value, 1)
  if (token.kind === 'month-name') return set(parts, 'month', token.value, 1)
  if (token.kind === 'number')
    return takeNumber(parts, token, next, today) + (isWord(third, 'in') && isUnit(next) ? 1 : 0)
  if (token.kind !== 'word') return 0
  if (token.word in FROM_TODAY) return set(parts, 'ms', addDays(today, FROM_TODAY[token.word] ?? 0), 1)
  if (token.word === 'next' && isUnit(next)) return set(parts, 'ms', startOfNext(next, today), 2)
  if (isUnit(token) && isWord(next, 'next')) return set(parts, 'ms', startOfNext(token, today), 2)
  if (token.word === 'next') return set(parts, 'isNext', true, 1)
  if (token.word === 'this') return takeThis(parts, next, today)
  if (token.word === 'weekend' && (parts.isThis || parts.isNext || parts.ms !== undefined))
    return set(parts, 'weekday', SATURDAY, 1)
  return ['noise', 'in', 'ordinal-mark', 'at'].includes(token.word) ? 1 : 0
}

/** `this week on Friday` may have passed, `this Friday` is to come. */
function takeThis(parts: Parts, next: Token | undefined, today: number): number {
  const isWeek = isWord(next, 'week')
  if (isWeek && set(parts, 'ms', addDays(today, -weekdayOf(today)), 1) === 0) return 0
  return set(parts, 'isThis', true, isWeek ? 2 : 1)
}

function set<Name extends keyof Parts>(parts: Parts, name: Name, value: Parts[Name], used: number): number {
  if (parts[name] !== undefined) return 0
  parts[name] = value
  return used
}

const isUnit = (token: Token | undefined): boolean => isWord(token, 'day', 'week', 'month', 'year')

/** A number is a day, a year, what `년 월 일` say, or how many days or weeks from now. */
function takeNumber(parts: Parts, token: Token & { kind: 'number' }, next: Token | undefined, today: number): number {
  const { value } = token
  if (isWord(next, 'year') && value >= 1000) return set(parts, 'year', value, 2)
  if (isWord(next, 'month') && parts.month === undefined && value <= 12 && isWrittenInFigures(next)) {
    return set(parts, 'month', value, 2)
  }
  if (isWord(next, 'day') && parts.month !== undefined) return set(parts, 'day', value, 2)
  if (isUnit(next)) return set(parts, 'ms', later(next, value, today), 2)
  if (value >= 1000) return set(parts, 'year', value, 1)
  parts.isOrdinal = token.isOrdinal
  return set(parts, 'day', value, 1)
}

/** `12월` and `12月` are December, `2 months` are two months. */
const isWrittenInFigures = (token: Token | undefined): boolean => token?.kind === 'word' && token.isDateMark === true

function later(unit: Token | undefined, count: number, today: number): number {
  if (isWord(unit, 'day')) return addDays(today, count)
  if (isWord(unit, 'week')) return addDays(today, count * 7)
  return addMonths(today, isWord(unit, 'year') ? count * 12 : count)
}

/** A week begins on Monday. */
function startOfNext(unit: Token | undefined, today: number): number {
  const date = new Date(today)
  if (isWord(unit, 'day')) return addDays(today, 1)
  if (isWord(unit, 'week')) return addDays(today, 7 - weekdayOf(today))
  if (isWord(unit, 'month')) return dayMs(date.getUTCFullYear(), date.getUTCMonth() + 2, 1)
  return dayMs(date.getUTCFullYear() + 1, 1, 1)
}

function dayOf(
  { ms, weekday, year, month, day, isNext = false, isThis = false, isOrdinal = false }: Parts,
  today: number,
  findDay: DayFinder,
): FoundDay | null {
  const isDate = month !== undefined && day !== undefined
  if (isDate) {
    const found = ms === undefined ? findDay({ year: year ?? null, month, day }, today) : null
    return found === null ? null : { ms: found, isYearGuessed: year === undefined }
  }
  if (month !== undefined || year !== undefined) return null
  if (day !== undefined) return isOrdinal && ms === undefined ? dayOfMonth(day, today) : null
  if (weekday === undefined) return ms === undefined || isNext || isThis ? null : { ms, isYearGuessed: false }
  // `next week on Monday` is in the week that begins then, `next Monday` in the week after this one.
  const from = ms ?? (isNext ? addDays(today, 7 - weekdayOf(today)) : today)
  return { ms: addDays(from, (weekday - weekdayOf(from) + 7) % 7), isYearGuessed: false }
}

/** `27th`: of this month or, if that has passed or has no such day, of the next one that has it. */
function dayOfMonth(day: number, today: number): FoundDay | null {
  const date = new Date(today)
  for (const month of [1, 2, 3].map((n) => date.getUTCMonth() + n)) {
    const start = new Date(dayMs(date.getUTCFullYear(), month, 1))
    const ms = validDay(start.getUTCFullYear(), start.getUTCMonth() + 1, day)
    if (ms !== null && ms >= today) return { ms, isYearGuessed: true }
  }
  return null
}
