import { wallClockAt } from '../../../../lib/zone'
import { todayIn } from '../../../recurrence'
import type { Due } from '../../found-todo'
import { addDays, addMonths, comingDay, isoDay, nearDay } from './calendar'
import { readDay } from './day-words'
import { isEvery, readPattern } from './every-words'
import { lexiconOf } from './lexicon'
import { firstDay, ruleOf } from './pattern'
import { scan } from './scan'
import { takeTime } from './times'
import { isWord, type Token } from './tokens'

export interface DateWords {
  due: Due
  rule: string | null
  isYearGuessed: boolean
  /** `every 3 days` does not say on which. */
  isStartGuessed: boolean
  /** `every!` counts from the day when it is done. */
  isFromCompletion: boolean
}

const TODAY: Token = { kind: 'word', word: 'today' }
const TOMORROW: Token = { kind: 'word', word: 'tomorrow' }
const DAY: Token = { kind: 'word', word: 'day' }

interface Asked {
  /** A language as Todoist names it: `en`, `ko`, `pt_BR`. */
  language: string
  now: number
  zone: string
  /** Whether somebody plans. A day without a year and a time without a day are then to come; a program writes those of the past too. */
  isAhead?: boolean
}

/**
 * Reads a date as people type one: `tomorrow 5pm`, `every 3rd Friday`, `매주 월요일`, `24 déc. 2026`. It takes all of the words, or none.
 *
 * chrono-node would read the dates among these, but neither Korean nor anything that recurs. It takes 22 kB for six languages, where all of
 * this takes 10 kB for ten; and it skips words that it does not know, so `every day but not in May` would be a day in May.
 */
export function readDateWords(typed: string, { language, now, zone, isAhead = false }: Asked): DateWords | null {
  const tokens = scan(typed, lexiconOf(language))
  const times = tokens && takeTime(withMornings(tokens.filter(({ kind }) => kind !== 'completion')), isAhead)
  if (!tokens || !times) return null
  const { minutes, isUtc, rest } = times
  const today = todayIn(zone, now)
  const isPassed = minutes !== null && wallClockAt(now, zone) > today + minutes * 60_000
  const findDay = isAhead ? comingDay : nearDay
  const isOnlyTime = minutes !== null && rest.every((token) => isWord(token, 'this'))
  const fromDay = isOnlyTime && rest.length === 0 && isAhead && isPassed ? TOMORROW : TODAY
  const found = rest.some(isEvery)
    ? readRecurring(rest.every(isEvery) && minutes !== null ? [...rest, DAY] : rest, { today, isPassed, isAhead })
    : { day: readDay(isOnlyTime ? [fromDay] : rest, today, findDay), rule: null }
  if (!found?.day) return null
  const { ms, isYearGuessed } = found.day
  const isStartGuessed = 'isStartGuessed' in found && found.isStartGuessed
  const isFromCompletion = found.rule !== null && tokens.some(({ kind }) => kind === 'completion')
  return {
    due: dueAt(ms, minutes, isUtc ? null : zone),
    rule: found.rule,
    isYearGuessed,
    isStartGuessed,
    isFromCompletion,
  }
}

/** @param zone null for UTC */
function dueAt(day: number, minutes: number | null, zone: string | null): Due {
  if (minutes === null) return { day: isoDay(day) }
  const wallClockMs = day + minutes * 60_000
  if (zone === null) return { instant: wallClockMs }
  return { wallClock: new Date(wallClockMs).toISOString().slice(0, 19), zone }
}

/** The parts of a rule in words: what it says of `every`, `from`, `until` and `for`. Null if it says one of them twice. */
function sectionsOf(tokens: Token[]): Map<string, Token[]> | null {
  const sections = new Map<string, Token[]>([['every', []]])
  let section = 'every'
  for (const token of tokens) {
    if (token.kind === 'word' && ['from', 'until', 'for'].includes(token.word)) {
      if (sections.has(token.word)) return null
      const before = sections.get(section) ?? []
      // In Korean and Japanese these words come after the date.
      const isAfterDate = section === 'every' && before.length > 0 && !before.some(isEvery)
      sections.set(token.word, isAfterDate ? before : [])
      if (isAfterDate) sections.set('every', [])
      else section = token.word
    } else sections.get(section)?.push(token)
  }
  return sections
}

interface Day {
  today: number
  /** Whether the time has passed today. */
  isPassed: boolean
  isAhead: boolean
}

/** `every Monday from 1 Dec until 1 May`. */
function readRecurring(tokens: Token[], { today, isPassed, isAhead }: Day) {
  const findDay = isAhead ? comingDay : nearDay
  const sections = sectionsOf(tokens)
  const start = sections?.get('from')
  const startDay = start && readDay(start, today, findDay)
  const pattern = readPattern(sections?.get('every') ?? [])
  if (!sections || !pattern || startDay === null) return null
  const names = pattern.weekdays.length + pattern.monthDays.length + pattern.months.length > 0
  const from = startDay?.ms ?? ((names || isAhead) && isPassed ? addDays(today, 1) : today)
  const first = firstDay(pattern, from)
  const last = lastDay(sections, from, (words) => readDay(words, today, findDay)?.ms ?? null)
  if (first === null || last === null) return null
  const isStartGuessed = startDay === undefined && (pattern.interval > 1 || (!names && pattern.freq !== 'DAILY'))
  const end = last === undefined ? '' : `;UNTIL=${isoDay(last).replaceAll('-', '')}`
  const day = { ms: first, isYearGuessed: startDay?.isYearGuessed ?? false }
  return { day, rule: `${ruleOf(pattern)}${end}`, isStartGuessed }
}

/** `cada mañana` and `jeden Morgen` have the word for tomorrow. */
function withMornings(tokens: Token[]): Token[] {
  const every = tokens.findIndex(isEvery)
  if (every < 0) return tokens
  return tokens.map((token, at) =>
    at > every && isWord(token, 'tomorrow') ? { kind: 'word', word: 'morning' } : token,
  )
}

/** The last day; undefined if there is no end, and null if the words are not understood. */
function lastDay(
  sections: Map<string, Token[]>,
  from: number,
  dayOf: (words: Token[]) => number | null,
): number | null | undefined {
  const until = sections.get('until')
  if (until) return dayOf(until)
  const duration = sections.get('for')
  if (!duration) return undefined
  const [count, unit, ...others] = duration
  if (count?.kind !== 'number' || others.length > 0) return null
  if (isWord(unit, 'day')) return addDays(from, count.value - 1)
  if (isWord(unit, 'week')) return addDays(from, count.value * 7 - 1)
  if (isWord(unit, 'month', 'year'))
    return addDays(addMonths(from, isWord(unit, 'year') ? count.value * 12 : count.value), -1)
  return null
}
