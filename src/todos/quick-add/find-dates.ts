import { readDue } from '../due'
import { readRule } from '../recurrence'
import { readFromNow } from './from-now'
import { AFTER_DATE } from './korean'
import { type Clock, isDateWord, type Phrase, readPhrase, readWhen, type When } from './read-phrase'
import type { Word } from './words-of'

/** Words that say when: those from `from` to before `to`. */
export interface FoundPhrase extends Phrase {
  from: number
  to: number
}

interface Search {
  text: string
  words: Word[]
  /** Whether a word is of something else, such as `#label`. */
  isTaken: (at: number) => boolean
  /** Whether what begins there is taken off. */
  isOff: (start: number) => boolean
  clock: Clock
}

/** The phrases that say when a to-do is due, and what they say together: one, or a day and a time that stand apart. */
export interface Found {
  phrases: FoundPhrase[]
  when: When
}

/** A text that somebody means has few words of dates. One that is made of nothing else must not take long. */
const MAX_READINGS = 100

interface Work {
  isDate: boolean[]
  readings: number
}

/** The first date of a text counts. Another one stays in the text. */
export function findDates(search: Search): Found | null {
  const { words, isTaken, isOff, clock } = search
  const work = { isDate: words.map((word, at) => !isTaken(at) && isDateWord(word, clock.language)), readings: 0 }
  let found: Found | null = null
  for (let at = 0; at < words.length; ) {
    const start = words[at]?.start ?? 0
    const fromNow = isTaken(at) ? null : fromNowAt(search, at)
    const phrase = fromNow?.phrase ?? phraseAt(search, work, at)
    if (phrase && !isOff(start))
      found = found ? (together(found, phrase, clock) ?? found) : alone(phrase, fromNow, clock)
    if (found && isWhole(found)) break
    at = phrase?.to ?? at + 1
  }
  return found
}

const isWhole = ({ phrases }: Found): boolean => phrases.length > 1 || phrases[0]?.says === 'day and time'

function alone(phrase: FoundPhrase, fromNow: { when: When } | null, clock: Clock): Found | null {
  return checked([phrase], fromNow?.when ?? readWhen(phrase.known, clock))
}

/** `tomorrow call mum 5pm`, and `5pm call mum tomorrow`. */
function together({ phrases: [first] }: Found, second: FoundPhrase, clock: Clock): Found | null {
  if (!first || (first.says === 'time') === (second.says === 'time') || second.says === 'day and time') return null
  const [day, time] = first.says === 'time' ? [second, first] : [first, second]
  return checked([first, second], readWhen(`${day.known} ${time.known}`, clock))
}

/** Only what the API takes. */
function checked(phrases: FoundPhrase[], when: When | null): Found | null {
  if (!when || readDue(when.due) === null || (when.rule !== null && readRule(when.rule) === null)) return null
  return { phrases, when }
}

function fromNowAt({ text, words, clock }: Search, from: number) {
  const when = readFromNow(text, words[from]?.start ?? 0, clock)
  if (!when) return null
  let to = from
  while (to < words.length && (words[to]?.start ?? 0) < when.end) to++
  const phrase: FoundPhrase = { from, to, known: '', says: 'day and time', recurs: false }
  return { phrase, when }
}

/** Nobody's date has more words. */
const MAX_WORDS = 10

const LEADS = new Set('on by due until till before after for at'.split(' '))
const MAX_LEADS = 2

/** The longest phrase that begins at a word: with `by` or `due on` before it, and `까지` after it. */
function phraseAt({ words, isTaken, clock }: Search, work: Work, from: number): FoundPhrase | null {
  for (let leads = countLeads(words, isTaken, from); leads >= 0; leads--) {
    const core = from + leads
    for (let to = runEnd(words, work.isDate, core); to > core; to--) {
      const after = isTaken(to) || words[to - 1]?.isLast ? undefined : words[to]
      const before = isTaken(core - 1) ? undefined : words[core - 1]
      if (isJoined(words, work.isDate, core, to)) continue
      if (work.readings++ >= MAX_READINGS) return null
      const phrase = readPhrase({ words: words.slice(core, to), before, after, isLed: leads > 0 }, clock)
      const isMore = !words[to - 1]?.isLast && AFTER_DATE.has(after?.folded ?? '')
      if (phrase) return { ...phrase, from, to: isMore ? to + 1 : to }
    }
  }
  return null
}

const JOINS = new Set(['and', 'or', 'to', '&'])

/** In `9am and 6pm` and `monday to friday` no date is the one. */
function isJoined(words: Word[], isDate: boolean[], from: number, to: number): boolean {
  const isOther = (at: number) => {
    const isNumber = /^\d{1,4}$/.test(words[at]?.folded ?? '')
    return isDate[at] === true && (!isNumber || /^[ap]\.?m$/.test(words[at + 1]?.folded ?? ''))
  }
  const isJoin = (at: number) => JOINS.has(words[at]?.folded ?? '')
  return (
    (isJoin(to) && isOther(to + 1) && !LEADS.has(words[to + 1]?.folded ?? '')) ||
    (isJoin(from - 1) && isOther(from - 2))
  )
}

function countLeads(words: Word[], isTaken: (at: number) => boolean, from: number): number {
  let count = 0
  while (count < MAX_LEADS && !isTaken(from + count) && LEADS.has(words[from + count]?.folded ?? '')) count++
  return count
}

/** Up to where words of dates follow each other within a sentence. */
function runEnd(words: Word[], isDate: boolean[], from: number): number {
  let to = from
  while (to < from + MAX_WORDS && isDate[to]) {
    to++
    if (words[to - 1]?.isLast) break
  }
  return to
}
