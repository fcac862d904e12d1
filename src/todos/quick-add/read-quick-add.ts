import { MAX_CONTENTS } from '../../limits'
import type { Locale } from '../../locale'
import { todayIn } from '../recurrence'
import type { TodoInput } from '../schemas'
import type { Chip, QuickList } from './chips'
import { type Found, findDates } from './find-dates'
import { type ChipValue, findMarks } from './find-marks'
import { hasHangul } from './korean'
import { wordsOf } from './words-of'

/*
 * Quick add: `call mum tomorrow 5pm p1 #family` is a to-do "call mum" with a due date, a priority and a label. What is understood is a chip,
 * which whoever typed it can take off; the rest is the contents. Why it is as it is: docs/decisions/quick-add.md.
 */

export interface QuickAddContext {
  now: number
  /** The zone of the person. */
  zone: string
  /** A text with Hangul is read in Korean and English whatever this says. */
  locale: Locale
  /** The lists that `+name` may name. */
  lists?: QuickList[]
  /** Where the chips that were taken off begin. */
  except?: number[]
}

export interface QuickAdd {
  /** The text without its chips. */
  contents: string
  chips: Chip[]
  /** What to send to make the to-do. */
  todo: Pick<TodoInput, 'contents'> & Partial<Pick<TodoInput, 'due' | 'priority' | 'labels' | 'recurrence' | 'listId'>>
}

/** In UTF-16 units. A longer text is not looked at. */
const MAX_TEXT = 2 * MAX_CONTENTS

/** Reads what somebody typed into one line. It never fails: what it does not understand is contents. */
export function readQuickAdd(text: string, { now, zone, locale, lists = [], except = [] }: QuickAddContext): QuickAdd {
  const whole = text.trim()
  const plain = { contents: whole, chips: [], todo: { contents: whole } }
  if (text.length > MAX_TEXT) return plain
  const words = wordsOf(text)
  const off = new Set(except)
  const isOff = (start: number) => off.has(start)
  const marks = findMarks(text, words, lists, isOff)
  const taken = new Set([...marks].flatMap(([from, { end }]) => range(from, end)))
  const language = hasHangul(text.normalize('NFC')) ? 'ko' : locale
  const found = findDates({
    text,
    words,
    isTaken: (at) => taken.has(at),
    isOff,
    clock: { now, zone, language, today: todayIn(zone, now) },
  })
  const chip = (from: number, to: number, value: ChipValue): Chip => {
    const [start, end] = [words[from]?.start ?? 0, words[to - 1]?.end ?? 0]
    return { start, end, typed: text.slice(start, end), ...value }
  }
  const chips = [
    ...[...marks].map(([from, mark]) => chip(from, mark.end, mark.chip)),
    ...dateChips(found).map(({ from, to, value }) => chip(from, to, value)),
  ].sort((one, other) => one.start - other.start)
  const contents = withoutChips(text, chips)
  return contents === '' ? plain : { contents, chips, todo: todoOf(contents, chips) }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n)

function dateChips(found: Found | null): { from: number; to: number; value: ChipValue }[] {
  if (!found) return []
  const { due, rule } = found.when
  return found.phrases.map(({ from, to, says, recurs }) => {
    const part = found.phrases.length === 1 ? 'all' : says === 'time' ? 'time' : 'day'
    const value: ChipValue =
      recurs && rule !== null ? { kind: 'recurrence', recurrence: rule, due } : { kind: 'due', part, due }
    return { from, to, value }
  })
}

/** Chips are whole words, so what is between them stays as it was typed. */
function withoutChips(text: string, chips: Chip[]): string {
  const ends = [0, ...chips.map(({ end }) => end)]
  const starts = [...chips.map(({ start }) => start), text.length]
  const contents = ends
    .map((end, index) => text.slice(end, starts[index]).trim())
    .filter((piece) => piece !== '')
    .join(' ')
  // In `call mum, tomorrow` the comma was for what is now a chip.
  return text.trimEnd().endsWith(contents) ? contents : contents.replace(/(?:[,;:、]|\s[-–—])$/, '').trimEnd()
}

function todoOf(contents: string, chips: Chip[]): QuickAdd['todo'] {
  const todo: QuickAdd['todo'] = { contents }
  for (const chip of chips) {
    if (chip.kind === 'label') todo.labels = [...new Set([...(todo.labels ?? []), chip.label])]
    else if (chip.kind === 'priority') todo.priority = chip.priority
    else if (chip.kind === 'list') todo.listId = chip.listId
    else todo.due = chip.due
    if (chip.kind === 'recurrence') todo.recurrence = chip.recurrence
  }
  return todo
}
