import { DAY_MS } from '../../../../lib/time'
import { de } from './languages/de'
import { en } from './languages/en'
import { es } from './languages/es'
import { fr } from './languages/fr'
import { it } from './languages/it'
import { ja } from './languages/ja'
import { ko } from './languages/ko'
import { nl } from './languages/nl'
import { pt } from './languages/pt'
import { zh } from './languages/zh'
import type { Token } from './tokens'

/**
 * Words of a language, with `|` between them. A key is what they stand for: one word of `Token`, or several in a row. The words of
 * `weekdays`, `numbers` and `ordinals` count up, and those between commas mean the same. Accents and upper case do not count.
 */
export type Words = Readonly<Record<string, string>>

const WORDS: Partial<Record<string, Words>> = { de, en, es, fr, it, ja, ko, nl, pt, zh }

/** The languages of Todoist. The names of months and weekdays of each come from `Intl`; the other words are those of `WORDS`. */
const LANGUAGES = 'cs da de en es fi fr it ja ko nb nl pl pt ru sv tr zh'.split(' ')

export interface Lexicon {
  words: Map<string, Token[]>
  /** How long the words that begin with a letter are, the longest first. */
  lengths: Map<string, number[]>
  /** Whether `12/24` is a day in December. */
  isMonthFirst: boolean
}

const lexicons = new Map<string, Lexicon>()

/** The words of a language, and the English ones that mean nothing else in it. */
export function lexiconOf(typedLanguage: string): Lexicon {
  const base = typedLanguage.slice(0, 2).toLowerCase()
  const language = LANGUAGES.includes(base) ? base : 'en'
  const known = lexicons.get(language)
  if (known) return known
  const words = new Map<string, Token[]>()
  if (language !== 'en') addLanguage(words, 'en')
  addLanguage(words, language)
  const lexicon = { words, lengths: lengthsOf(words), isMonthFirst: ['en', 'ja', 'ko', 'zh'].includes(language) }
  lexicons.set(language, lexicon)
  return lexicon
}

function lengthsOf(words: Map<string, Token[]>): Map<string, number[]> {
  const lengths = new Map<string, Set<number>>()
  for (const word of words.keys()) {
    const first = word[0] ?? ''
    lengths.set(first, (lengths.get(first) ?? new Set()).add(word.length))
  }
  return new Map([...lengths].map(([first, set]) => [first, [...set].sort((a, b) => b - a)]))
}

const ACCENTS = /[\u0300-\u036f]/g

/** Full-width letters and digits, accents, upper case and curved apostrophes do not count. Hangul and kana stay as they are. */
export const foldWord = (text: string): string =>
  text.normalize('NFKD').replace(ACCENTS, '').normalize('NFC').toLowerCase().replaceAll('’', "'")

function addLanguage(words: Map<string, Token[]>, language: string): void {
  addNames(words, language)
  for (const [key, list] of Object.entries(WORDS[language] ?? {})) {
    for (const [index, entry] of list.split('|').entries()) {
      for (const word of entry.split(',')) addWord(words, foldWord(word), tokensOf(key, index))
    }
  }
}

function tokensOf(key: string, index: number): Token[] {
  if (key === 'numbers') return [{ kind: 'number', value: index + 1, isOrdinal: false }]
  if (key === 'ordinals') return [{ kind: 'number', value: index + 1, isOrdinal: true }]
  return key
    .split(' ')
    .map((word) => (word === 'weekdays' ? { kind: 'weekday', value: index } : { kind: 'word', word }))
}

/** Stand after the numbers of a date, as in `12월 24일` and `12月24日`. */
const DATE_MARKS = '년월일年月日号號'

/**
 * `월` and `日` are a Monday or a month, a Sunday or a day: `scan` decides by what is before them. The Portuguese `dez` is December, and
 * not ten.
 */
function addWord(words: Map<string, Token[]>, word: string, tokens: Token[]): void {
  const [before] = words.get(word) ?? []
  const [token] = tokens
  if (word === '' || (token?.kind === 'number' && before?.kind === 'month-name')) return
  if (before?.kind === 'weekday' && token?.kind === 'word') token.orWeekday = before.value
  if (DATE_MARKS.includes(word) && token?.kind === 'word') token.isDateMark = true
  words.set(word, tokens)
}

const MONDAY = Date.UTC(2024, 0, 1)

function addNames(words: Map<string, Token[]>, language: string): void {
  for (const width of ['short', 'long'] as const) {
    for (let month = 1; month <= 12; month++) {
      const time = Date.UTC(2024, month - 1, 1)
      for (const day of [undefined, 'numeric'] as const) {
        const name = nameIn(language, 'month', { month: width, ...(day && { day }) }, time)
        addName(words, name, { kind: 'month-name', value: month })
      }
    }
    for (let weekday = 0; weekday < 7; weekday++) {
      const name = nameIn(language, 'weekday', { weekday: width }, MONDAY + weekday * DAY_MS)
      addName(words, name, { kind: 'weekday', value: weekday })
    }
  }
}

function nameIn(language: string, type: string, options: Intl.DateTimeFormatOptions, time: number): string {
  const parts = new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' }).formatToParts(time)
  return foldWord(parts.find((part) => part.type === type)?.value ?? '').replace(/\.$/, '')
}

/** A name, and its plural in languages that make it with an `s`. `mar` is March and Tuesday in Spanish. */
function addName(words: Map<string, Token[]>, name: string, token: Token): void {
  if (name === '' || /^\d/.test(name)) return
  const [before] = words.get(name) ?? []
  if (token.kind === 'weekday' && before?.kind === 'month-name') token.orMonth = before.value
  words.set(name, [token])
  if (token.kind === 'weekday' && name.length > 3) words.set(`${name}s`, [token])
}
