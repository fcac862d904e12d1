import { isEvery } from '../import/readers/words/every-words'
import { lexiconOf } from '../import/readers/words/lexicon'
import { readDateWords } from '../import/readers/words/read-date-words'
import { scan } from '../import/readers/words/scan'
import { takeTime } from '../import/readers/words/times'
import type { Token } from '../import/readers/words/tokens'
import { inKnownEnglish, isKnownInEnglish } from './english'
import { isMeant } from './is-meant'
import { AFTER_DATE, hasHangul, inKnownWords, isKnownHere, withoutParticle } from './korean'
import type { Word } from './words-of'

export interface Clock {
  now: number
  zone: string
  /** The first ms of today in the zone. */
  today: number
  language: 'en' | 'ko'
}

/** What some words of the text say about when. */
export interface Phrase {
  /** In words that the reader of dates knows. */
  known: string
  says: 'day' | 'time' | 'day and time'
  recurs: boolean
}

/** A due date as the API writes it, and the rule. */
export interface When {
  due: string
  rule: string | null
}

/** Reads words that are known to be a date. */
export function readWhen(known: string, { now, zone, language }: Clock): When | null {
  const read = readDateWords(known, { language, now, zone, isAhead: true })
  if (!read || 'instant' in read.due) return null
  const due = 'day' in read.due ? read.due.day : `${read.due.wallClock}[${read.due.zone}]`
  return { due, rule: read.rule }
}

/** Numbers that are dates or times. `1.2.3`, `48h` and `1080p` are none. */
const FIGURES =
  /^(?:\d{1,4}|\d{1,2}(?:st|nd|rd|th)|\d{4}-\d{1,2}-\d{1,2}(?:t\d{1,2}:\d{2}(?::\d{2})?)?|\d{4}[./]\d{1,2}[./]\d{1,2}|\d{1,2}\/\d{1,2}(?:\/(?:\d{4}|\d{2}))?|\d{1,2}[.-]\d{1,2}[.-]\d{4}|\d{1,2}(?::\d{2}){0,2}(?:[ap]\.?m)?)$/

/** With spaces: see `wordsOf`. */
const LETTERS = /^(?:[\p{L}' ]+|[ap]\.m)$/u

/** Whether a word may be one of a date. */
export function isDateWord({ folded }: Word, language: Clock['language']): boolean {
  const isShaped = hasHangul(folded)
    ? /^[\p{L}\p{N}()·:/.-]+$/u.test(folded)
    : FIGURES.test(folded) || LETTERS.test(folded)
  const { bare } = withoutParticle(folded)
  if (isKnownInEnglish(folded) || isKnownHere(bare)) return true
  if (!isShaped) return false
  return [bare, folded].some((text) => text !== '' && scan(text, lexiconOf(language)) !== null)
}

/** The words of a phrase and what is around them. */
export interface Place {
  words: Word[]
  before: Word | undefined
  after: Word | undefined
  isLed: boolean
}

/** Reads words as a date, if they are one and are meant as one. */
export function readPhrase({ words, before, after, isLed }: Place, clock: Clock): Phrase | null {
  const { today } = clock
  const parts = words.map(({ folded }) => withoutParticle(folded))
  const particle = parts.at(-1)?.particle ?? ''
  const bare = parts.map((part) => part.bare)
  const lexicon = lexiconOf(clock.language)
  const scanned = scan(inKnownWords(bare.join(' '), { today, isUntil: false, isDayOfMonth: false }), lexicon)
  const recurs = scanned?.some(isEvery) ?? false
  // A rule may have `내일부터` and `연말까지` in it.
  const typed = parts
    .map((part, at) => (recurs && at < parts.length - 1 ? part.bare + part.particle : part.bare))
    .join(' ')
  const isUntil = /^(?:전?까지|에)/.test(particle) || /^까지/.test(after?.folded ?? '')
  const isDayOfMonth = !recurs && (isUntil || saysTime(scanned))
  const korean = inKnownWords(typed, { today, isUntil, isDayOfMonth })
  const known = inKnownEnglish(korean, today)
  const tokens = scan(known, lexicon)
  const times = tokens && takeTime(tokens, true)
  const when = times && readWhen(known, clock)
  if (!when || !/^\d{4}-/.test(when.due)) return null
  const phrase = {
    tokens,
    words: bare,
    typed: words.map((word) => word.typed).join(' '),
    before,
    after,
    isLed: isLed || particle !== '' || AFTER_DATE.has(after?.folded ?? ''),
    day: Date.parse(when.due.slice(0, 10)),
    rule: when.rule,
  }
  if (!isMeant(phrase, today)) return null
  const isOnlyTime = times.rest.length === 0
  return {
    known,
    says: isOnlyTime ? 'time' : times.minutes === null ? 'day' : 'day and time',
    recurs: when.rule !== null,
  }
}

const saysTime = (tokens: Token[] | null): boolean => tokens !== null && (takeTime(tokens)?.minutes ?? null) !== null
