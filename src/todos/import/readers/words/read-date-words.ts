import { wallClockAt } from '../../../../lib/zone'
import { todayIn } from '../../../recurrence'
import type { Due } from '../../found-todo'
import { addDays, addMonths, isoDay } from './calendar'
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
const DAY: Token = { kind: 'word', word: 'day' }

interface Asked {
  /** A language as Todoist names it: `en`, `ko`, `pt_BR`. */
  language: string
  now: number
  zone: string
}

/**
 * Reads a date as people type one: `tomorrow 5pm`, `every 3rd Friday`, `매주 월요일`, `24 déc. 2026`. It takes all of the words, or none.
 *
 * chrono-node would read the dates among these, but neither Korean nor anything that recurs. It takes 22 kB for six languages, where all of
 * this takes 9 kB for ten; and it skips words that it does not know, so `every day but not in May` would be a day in May.
 */
export function readDateWords(typed: string, { language, now, zone }: Asked): DateWords | null {
  const tokens = scan(typed, lexiconOf(language))
  const times = tokens && takeTime(withMornings(tokens.filter(({ kind }) => kind !== 'completion')))
  if (!tokens || !times) return null
  const { minutes, isUtc, rest } = times
  const today = todayIn(zone, now)
  const isPassed = minutes !== null && wallClockAt(now, zone) > today + minutes * 60_000
  const found = rest.some(isEvery)
    ? readRecurring(rest.every(isEvery) && minutes !== null ? [...rest, DAY] : rest, { today, isPassed })
    : { day: readDay(minutes !== null && rest.length === 0 ? [TODAY] : rest, today), rule: null }
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

/** `every Monday from 1 Dec until 1 May`. In Korean and Japanese `from` comes after the date, and is not understood. */
function readRecurring(tokens: Token[], { today, isPassed }: { today: number; isPassed: boolean }) {
  const sections = new Map<string, Token[]>([['every', []]])
  let section = 'every'
  for (const token of tokens) {
    if (token.kind === 'word' && ['from', 'until', 'for'].includes(token.word)) {
      section = token.word
      if (sections.has(section)) return null
      sections.set(section, [])
    } else sections.get(section)?.push(token)
  }
  const start = sections.get('from')
  const startDay = start && readDay(start, today)
  const pattern = readPattern(sections.get('every') ?? [])
  if (!pattern || startDay === null) return null
  const names = pattern.weekdays.length + pattern.monthDays.length + pattern.months.length > 0
  const from = startDay?.ms ?? (names && isPassed ? addDays(today, 1) : today)
  const first = firstDay(pattern, from)
  const last = lastDay(sections, from, today)
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
function lastDay(sections: Map<string, Token[]>, from: number, today: number): number | null | undefined {
  const until = sections.get('until')
  if (until) return readDay(until, today)?.ms ?? null
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
