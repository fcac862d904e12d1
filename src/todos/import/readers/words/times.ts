import { isWord, type Token } from './tokens'

/** When it is, where no hour is said: what Todoist takes for `every morning` and the like. */
const PARTS_OF_DAY: Partial<Record<string, number>> = {
  morning: 9 * 60,
  noon: 12 * 60,
  afternoon: 12 * 60,
  evening: 19 * 60,
  night: 22 * 60,
  midnight: 0,
}

const HALF_DAY = 12 * 60
const DAY_MINUTES = 24 * 60

interface Times {
  /** Minutes since midnight; null if there is no time. */
  minutes: number | null
  isUtc: boolean
  /** What is left, without the time. */
  rest: Token[]
}

/** People who plan are awake: `at 5` is in the afternoon. */
const FIRST_BARE_HOUR = 7

/**
 * Takes the time out of the words of a date. Null if there are two, or none of a day.
 * @param isAhead whether an hour without its half of the day is one at which people are awake
 */
export function takeTime(tokens: Token[], isAhead = false): Times | null {
  const rest: Token[] = []
  let isUtc = false
  let minutes: number | null = null
  let isBare = false
  let part: string | null = null
  let half: 'am' | 'pm' | null = null
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at]
    const clock = clockAt(tokens, at)
    if (clock) {
      if (minutes !== null) return null
      minutes = clock.minutes
      isBare = clock.isBare
      at = clock.end
      continue
    }
    at++
    if (token?.kind === 'utc') isUtc = true
    else if (isWord(token, 'am', 'pm') && token?.kind === 'word' && half === null)
      half = token.word === 'am' ? 'am' : 'pm'
    else if (token?.kind === 'word' && token.word in PARTS_OF_DAY && part === null) part = token.word
    else if (token) rest.push(token)
  }
  if (part !== null && minutes === null) minutes = PARTS_OF_DAY[part] ?? null
  else if (part === 'afternoon' || part === 'evening' || part === 'night') half ??= 'pm'
  if (half !== null && minutes === null) return null
  // Midnight of which day it is, nobody knows.
  if (isAhead && part === 'night' && minutes !== null && minutes >= HALF_DAY && minutes < HALF_DAY + 60) return null
  if (isAhead && isBare && half === null && part === null && minutes !== null && minutes > 0)
    if (minutes < FIRST_BARE_HOUR * 60) half = 'pm'
  if (half !== null && minutes !== null && minutes <= HALF_DAY + 59) {
    minutes = (minutes % HALF_DAY) + (half === 'pm' ? HALF_DAY : 0)
  }
  return minutes !== null && minutes >= DAY_MINUTES ? null : { minutes, isUtc, rest }
}

interface Clock {
  minutes: number
  /** Whether it is only an hour of a clock with twelve, as in `at 5` and `5시`. */
  isBare: boolean
  end: number
}

/** A time that begins here: `17:00`, `5 pm`, `오후 5시 30분`, `at 5`. */
function clockAt(tokens: Token[], at: number): Clock | null {
  const [token, next, third, fourth] = tokens.slice(at, at + 4)
  if (token?.kind === 'time')
    return { minutes: token.minutes, isBare: false, end: isWord(next, 'hour-mark') ? at + 2 : at + 1 }
  if (isWord(token, 'at')) {
    const hour = bareHour(next, third)
    return clockAt(tokens, at + 1) ?? (hour && { minutes: hour.minutes, isBare: true, end: at + 2 + hour.more })
  }
  if (token?.kind !== 'number' || token.isOrdinal) return null
  const minutes = token.value * 60
  if (isWord(next, 'am', 'pm')) return { minutes, isBare: false, end: at + 1 }
  if (!isWord(next, 'hour-mark')) return null
  const isBare = true
  if (isWord(third, 'half')) return { minutes: minutes + 30, isBare, end: at + 3 }
  if (third?.kind === 'number' && isWord(fourth, 'minute-mark'))
    return { minutes: minutes + third.value, isBare, end: at + 4 }
  return { minutes, isBare, end: at + 2 }
}

/** `at 5`, `à 18 heures`. Of `at 24 December` it is no hour. */
function bareHour(token: Token | undefined, next: Token | undefined): { minutes: number; more: number } | null {
  if (token?.kind !== 'number' || token.isOrdinal || next?.kind === 'month-name') return null
  return { minutes: token.value * 60, more: isWord(next, 'hour') ? 1 : 0 }
}
