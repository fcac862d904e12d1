import { readText } from '../../lib/text'
import { MAX_LABEL, MAX_LABELS } from '../../limits'
import { foldWord } from '../import/readers/words/lexicon'
import type { Chip, QuickList } from './chips'
import type { Word } from './words-of'

/*
 * What people write with a sign: `p1` or `!!1`, `#label`, `+list`. `@` is nothing, because people write to each other with it, and `/` is
 * in paths.
 */

const PRIORITY = /^\(?(?:p|!!)([1-4])[).,;:!?]{0,20}$/i

/** `p4` is no priority at all in Todoist, where there are only four. */
const PRIORITIES = ['urgent', 'high', 'medium', 'low'] as const

/** `#1` and `#12` are numbers of something. Emoji may be labels. */
const LABEL = /^\(?#(?!\d+(?:\P{L}|$))(?<label>[\p{L}\p{N}\p{Extended_Pictographic}_][^\s#]*?)[).,;:!?…。、]{0,20}$/u

/** What a mark covers: the words from its first one to before `end`. */
export interface Mark {
  end: number
  chip: MarkChip
}

type WithoutPlace<Of> = Of extends unknown ? Omit<Of, 'start' | 'end' | 'typed'> : never
export type ChipValue = WithoutPlace<Chip>
type MarkChip = Extract<ChipValue, { kind: 'priority' | 'label' | 'list' }>

/** The marks of a text, by the index of their first word. `isOff` says which are taken off: they are plain text. */
export function findMarks(text: string, words: Word[], lists: QuickList[], isOff: (start: number) => boolean) {
  const marks = new Map<number, Mark>()
  const names = namesOf(lists)
  const labels = new Set<string>()
  const found = new Set<string>()
  for (let at = 0; at < words.length; ) {
    const word = words[at]
    const mark = word && (listMark(text, words, at, names) ?? simpleMark(word, at))
    const isOne = mark && !isOff(word.start) && !found.has(mark.chip.kind)
    const isRoom = mark?.chip.kind !== 'label' || labels.has(mark.chip.label) || labels.size < MAX_LABELS
    if (mark && isOne && isRoom) {
      marks.set(at, mark)
      if (mark.chip.kind === 'label') labels.add(mark.chip.label)
      else found.add(mark.chip.kind)
    }
    at = mark?.end ?? at + 1
  }
  return marks
}

function simpleMark(word: Word, at: number): Mark | null {
  const [, level] = PRIORITY.exec(word.typed) ?? []
  const priority = PRIORITIES[Number(level) - 1]
  if (priority) return { end: at + 1, chip: { kind: 'priority', priority } }
  const label = LABEL.exec(word.typed)?.groups?.['label']
  const read = label === undefined ? null : readText(label, { min: 1, max: MAX_LABEL })
  return read && 'text' in read ? { end: at + 1, chip: { kind: 'label', label: read.text } } : null
}

const namesOf = (lists: QuickList[]): Map<string, QuickList> =>
  new Map([...lists].reverse().map((list) => [foldName(list.name), list]))

const foldName = (name: string): string => foldWord(name).trim().replace(/\s+/g, ' ')

/** The name of a list has at most 100 characters, but few words. */
const MAX_NAME_WORDS = 10

/** `+` with the name of a list that there is, which may have several words: the longest one that fits. */
function listMark(text: string, words: Word[], at: number, names: Map<string, QuickList>): Mark | null {
  const first = words[at]
  if (!first?.typed.startsWith('+')) return null
  for (let end = Math.min(words.length, at + MAX_NAME_WORDS); end > at; end--) {
    const typed = foldName(text.slice(first.start + 1, words[end - 1]?.end))
    const list = names.get(typed) ?? names.get(typed.replace(/[).,;:!?…。、]{1,20}$/, ''))
    if (list) return { end, chip: { kind: 'list', listId: list.id, name: list.name } }
  }
  return null
}
