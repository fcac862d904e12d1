import { addDays } from '../import/readers/words/calendar'
import { isEvery } from '../import/readers/words/every-words'
import { isWord, type Token } from '../import/readers/words/tokens'
import { hasHangul } from './korean'
import type { Word } from './words-of'

/*
 * Words that could be a date often are none: `the cat sat`, `5/6 of the cake`, `Black Friday`. Whether they are meant as one shows in the words
 * around them. A date that is not found can be typed otherwise; a word that is taken for one is gone from the text.
 */

export interface Phrase {
  tokens: Token[]
  /** Its words, folded and without particles. */
  words: string[]
  /** As typed. */
  typed: string
  before: Word | undefined
  /** The word after it. Undefined at the end of the text, and before a mark such as `#label`. */
  after: Word | undefined
  /** Whether a word such as `by` or `on` is before it, or a particle such as `까지` after it. */
  isLed: boolean
  /** The day that it is read as, in ms. */
  day: number
  rule: string | null
}

const set = (words: string) => new Set(words.split(' '))

/** After these, it is the date of something that has been, or a part of a name. */
const NOT_AFTER = set('밤 of last since past from not except than usa 지난 저번 작년 다다음')
const NAMES = set(
  'the a an my our your his her their this blue black good cyber easter bloody ash super palm casual freaky manic fat shrove maundy one some any twice times',
)
const NOT_BEFORE = set('of but except ago is was are')

/** What follows these is no longer what the number before them counts. */
const FUNCTION_WORDS = set('with to for and in on or about re if when at via by from until till because then')

const isEnd = (after: Word | undefined): boolean => after === undefined || FUNCTION_WORDS.has(after.folded)

export function isMeant(phrase: Phrase, today: number): boolean {
  const { tokens, words, before, after, day } = phrase
  if (day < today || !isWhole(tokens, words)) return false
  if (isOfAnother(before, after)) return false
  if (NOT_AFTER.has(before?.folded ?? '') || NOT_BEFORE.has(after?.folded ?? '')) return false
  if (words.some((word) => NEVER.has(word))) return false
  return tokens.some(isEvery) ? isEveryMeant(phrase) : isDateMeant(phrase, today)
}

/** `이번 주 월요일` that has passed, a year that has passed, and `월요일과 화요일`. */
const isOfAnother = (before: Word | undefined, after: Word | undefined): boolean =>
  /^(?:\d{4}년?|(?:이번|다다음|지난|저번)?주|week)$|[과와]$/.test(before?.folded ?? '') ||
  /^\d{4}년?$/.test(after?.folded ?? '')

/** A name, an adjective, and `!` that counts from the day when it is done. */
const NEVER = set('tom tod ev a.m am! every!')

/** Whether it begins and ends with words that say something on their own. */
function isWhole(tokens: Token[], words: string[]): boolean {
  const [first, last] = [tokens[0], tokens.at(-1)]
  const [firstWord = '', second = ''] = words
  if (tokens.some(({ kind }) => kind === 'completion' || kind === 'utc') || /^[ap]\.?m/.test(firstWord)) return false
  if (isWord(first, 'noise') ? !/^\d+(?:st|nd|rd|th)$/.test(second) : isWord(first, 'from', 'until', 'for', 'last'))
    return false
  if (isWord(last, 'in')) return words.at(-1) !== 'in'
  return !isWord(last, 'noise', 'next', 'this', 'at', 'from', 'until', 'for', 'other')
}

const ADVERBS = set('daily everyday weekly monthly quarterly yearly annually biweekly fortnightly 평일 주중 격일 격주')
const NUMBER_WORDS = set(
  'one two three four five six seven eight nine ten eleven twelve first second third fourth fifth',
)

/** `daily` is an adjective before other words. A number needs to say what it counts: `every 5 apples`. */
function isEveryMeant({ tokens, words, before, after, rule }: Phrase): boolean {
  const has = (...names: string[]) => tokens.some((token) => isWord(token, ...names))
  const isCounting = tokens.some((token) => token.kind === 'number')
  if (words.every((word) => ADVERBS.has(word)) && (!isEnd(after) || NAMES.has(before?.folded ?? ''))) return false
  const names = rule ?? ''
  if (/;BYMONTH=/.test(names)) return isCounting
  if (!/;BYMONTHDAY=/.test(names)) return true
  return (has('day', 'month', 'last') || words.some((word) => /^\d+(?:st|nd|rd|th)$/.test(word))) && !has('in')
}

const PARTS_OF_DAY = ['morning', 'noon', 'afternoon', 'evening', 'night']

function isDateMeant(phrase: Phrase, today: number): boolean {
  const { tokens, words, typed, before } = phrase
  const has = (...names: string[]) => tokens.some((token) => isWord(token, ...names))
  const is = (kind: Token['kind']) => tokens.some((token) => token.kind === kind)
  const isTime = is('time') || has('am', 'pm', 'hour-mark')
  const isMonth = is('month-name') || tokens.some(isMonthInFigures)
  const isDate = is('date') || (isMonth && is('number'))
  const isCounted = tokens.some((token, at) => token.kind === 'number' && isUnit(tokens[at + 1]))
  // 오후 6시 저녁 약속
  if (isTime && (hasHangul(typed) || is('time') || has('am', 'pm')) && isWord(tokens.at(-1), ...PARTS_OF_DAY))
    return false
  if (words.some((word) => NUMBER_WORDS.has(word)) && !has('in', 'at', 'hour-mark')) return false
  if (isCounted && !isDate && !has('in')) return false
  if (is('weekday') && words.includes('of')) return false
  // Friday the 13th
  if (is('weekday') && !isDate && is('number') && !isTime && !has('at', 'in')) return false
  if (has(...RELATIVE)) return isRelativeMeant(phrase, today)
  if (isDate) return isDateInFigures(phrase, isTime || is('weekday'))
  if (has('weekend')) return !NAMES.has(before?.folded ?? '')
  if (is('weekday')) return isWeekdayMeant(phrase, isTime)
  if (has('next')) return !has('day') && !NAMES.has(before?.folded ?? '')
  if (isTime || has('in')) return isTime || isCounted
  return isLooseMeant(phrase)
}

/** `12월`, before its day. */
const isMonthInFigures = (token: Token, at: number, tokens: Token[]): boolean => {
  const [before, after] = [tokens[at - 1], tokens[at + 1]]
  const isMark = isWord(token, 'month') && 'isDateMark' in token
  return isMark && before?.kind === 'number' && before.value <= 12 && after?.kind === 'number'
}

const RELATIVE = ['today', 'tomorrow', 'overmorrow']

/** In `dinner with Sun tomorrow` it is not Sunday tomorrow. */
function isRelativeMeant({ tokens, before, day }: Phrase, today: number): boolean {
  const isNamed = tokens.some(({ kind }) => kind === 'weekday')
  const later = RELATIVE.findIndex((word) => tokens.some((token) => isWord(token, word)))
  return (!isNamed || day === addDays(today, later)) && !NAMES.has(before?.folded ?? '')
}

const isUnit = (token: Token | undefined): boolean => isWord(token, 'day', 'week', 'month', 'year')

const FRACTION = /^(?:1\/2|[12]\/3|[13]\/4|[1-4]\/5|1\/6|[1357]\/8|1\/10|24\/7)$/

/** `1/2` is a half, and `march 3 miles` is a walk. */
function isDateInFigures({ words, typed, after, isLed }: Phrase, isSure: boolean): boolean {
  if (isSure || isLed || isEnd(after)) return !words.every((word) => FRACTION.test(word)) || isSure || isLed
  if (words.some((word) => FRACTION.test(word))) return false
  const isVerb = /\b(?:may|march)\b/.test(typed) && !words.some((word) => /\d(?:st|nd|rd|th)$/.test(word))
  return !isVerb
}

const SHORT_DAYS = set('mon wed')
const SHORT_WORDS = set('sun sat')

/** `sun`, `sat`, `일` and `금` are words too. `Mondays` are those of each week. */
function isWeekdayMeant({ words, before, after, isLed }: Phrase, isTime: boolean): boolean {
  if (words.some((word) => /days$/.test(word)) || after?.folded === 'the') return false
  if (words.some((word) => /^[월화수목금토일]+$/.test(word))) return false
  const isAlone = words.length === 1
  if (!isAlone) return !NAMES.has(before?.folded ?? '')
  const [word = ''] = words
  if (NAMES.has(before?.folded ?? '')) return false
  if (SHORT_WORDS.has(word)) return isLed || isTime
  return !SHORT_DAYS.has(word) || isLed || after === undefined
}

/** `at 5`, `at noon`, `on the 27th`: only where nothing follows that they could belong to. */
function isLooseMeant({ tokens, words, after, isLed }: Phrase): boolean {
  const has = (...names: string[]) => tokens.some((token) => isWord(token, ...names))
  const isNumber = tokens.some(({ kind }) => kind === 'number')
  if (has('at') && isNumber) return isEnd(after)
  if (has('noon', 'midnight')) return has('at') || isLed || words.some((word) => word === '정오' || word === '자정')
  if (has('this')) return has('morning', 'afternoon', 'evening', 'night')
  const isOrdinal = tokens.some((token) => token.kind === 'number' && token.isOrdinal)
  return isOrdinal && isLed && (isEnd(after) || tokens.some((token) => isWord(token, 'ordinal-mark')))
}
