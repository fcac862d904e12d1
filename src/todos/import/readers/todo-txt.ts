import { instantOf } from '../../../lib/zone'
import type { Draft, Entry, Situation } from './draft'
import { emptyDraft, keep, MAX_TAGGED, note, setDue } from './draft'
import { at, eachLine } from './lines'
import { validDay } from './words/calendar'

/*
 * todo.txt: https://github.com/todotxt/todo.txt
 *
 *     x (A) 2026-11-27 2026-11-20 Call the plumber +Home @phone due:2026-11-30
 *
 * The format has no ids, no times of the day and no subtasks. `due:`, `t:` (not before), `rec:` and `pri:` are what most programs add.
 */

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/
const PRIORITY = /^\(([A-Z])\)$/
const PAIR = /^(due|t|rec|pri):(\S+)$/

/** Whether a text has what only todo.txt has: a line that is done, a priority, or a due date. */
export function looksLikeTodoTxt(text: string): boolean {
  for (const line of eachLine(text.slice(0, 5000))) {
    if (/^(?:x \d{4}-|\([A-Z]\) |\d{4}-\d\d-\d\d )/.test(line) || /(?:^| )due:\d{4}-/.test(line)) return true
  }
  return false
}

export function* readTodoTxt(text: string, situation: Situation): Generator<Entry> {
  let line = 0
  for (const typed of eachLine(text)) {
    line++
    if (typed.trim() === '') yield { ...at(line), kind: 'skipped', why: 'blank_line', what: '' }
    else yield { ...at(line), kind: 'draft', draft: readTask(typed, line, situation) }
  }
}

function readTask(typed: string, line: number, situation: Situation): Draft {
  const words = typed.length > MAX_TAGGED ? [typed] : typed.trim().split(/[ \t]+/)
  const isDone = words[0] === 'x'
  if (isDone) words.shift()
  const letter = takePriority(words)
  const first = takeDay(words)
  const second = isDone ? takeDay(words) : null
  // The second day of a task that is done is the one when it was made.
  const created = isDone ? second : first
  const { pairs, others } = takePairs(words)
  const { contents, lists, labels } = takeTags(others)
  const draft = emptyDraft({ id: null, key: [created ?? '', ...lists, contents].join('\n'), handle: String(line) })
  draft.contents = contents
  draft.isDone = isDone
  draft.createdAt = startOf(created, situation.zone)
  draft.completedAt = isDone ? startOf(first, situation.zone) : null
  draft.list = lists[0] ?? null
  draft.labels = [...labels, ...lists.slice(1)]
  if (lists.length > 1) note(draft, 'lists_as_labels', lists.slice(1).join(' '))
  setPriority(draft, letter ?? pairs.get('pri') ?? '')
  setDates(draft, pairs, situation)
  return draft
}

function takePriority(words: string[]): string | null {
  const letter = PRIORITY.exec(words[0] ?? '')?.[1]
  if (letter === undefined || words.length === 1) return null
  words.shift()
  return letter
}

/** Takes a day from the start of the line. */
function takeDay(words: string[]): string | null {
  if (words.length === 1 || readDay(words[0] ?? '') === null) return null
  return words.shift() ?? null
}

/** A day stands for its first ms, which is never in the future. */
function startOf(day: string | null, zone: string): number | null {
  const ms = readDay(day ?? '')
  return ms === null ? null : instantOf(ms, zone)
}

function readDay(typed: string): number | null {
  const [year, month, day] = DAY.exec(typed)?.slice(1).map(Number) ?? []
  return year === undefined ? null : validDay(year, month ?? 0, day ?? 0)
}

/** Takes the pairs that we know out of the line. Others stay in its text. */
function takePairs(words: string[]): { pairs: Map<string, string>; others: string[] } {
  const pairs = new Map<string, string>()
  const others = words.filter((word) => {
    const [, name, value] = PAIR.exec(word) ?? []
    if (name === undefined || value === undefined || pairs.has(name)) return true
    pairs.set(name, value)
    return false
  })
  return { pairs, others }
}

/** Projects and contexts at an end of the line leave the text. Within a sentence (`mail @bob about it`) they also stay there. */
function takeTags(words: string[]): { contents: string; lists: string[]; labels: string[] } {
  const isTag = (word: string | undefined) => word !== undefined && word.length > 1 && /^[+@]/.test(word)
  const named = (sign: string) =>
    words.filter((word) => isTag(word) && word.startsWith(sign)).map((word) => word.slice(1))
  let [start, end] = [0, words.length]
  while (start < end && isTag(words[start])) start++
  while (end > start && isTag(words[end - 1])) end--
  const contents = words.slice(start, end).join(' ')
  return { contents: contents === '' ? words.join(' ') : contents, lists: named('+'), labels: named('@') }
}

const PRIORITIES = new Map<string, Draft['priority']>([
  ['A', 'urgent'],
  ['B', 'high'],
  ['C', 'medium'],
  ['D', 'low'],
  ['', 'none'],
])

function setPriority(draft: Draft, letter: string): void {
  draft.priority = PRIORITIES.get(letter) ?? (/^[E-Z]$/.test(letter) ? 'low' : 'none')
  if (!PRIORITIES.has(letter)) note(draft, 'priority_changed', letter)
}

function setDates(draft: Draft, pairs: Map<string, string>, { readRule }: Situation): void {
  const [due, start, rec] = ['due', 't', 'rec'].map((name) => pairs.get(name) ?? '')
  if (start) keep(draft, 't', `t:${start}`)
  if (due && readDay(due) === null) {
    draft.kept.push(`due:${due}`)
    note(draft, 'due_not_understood', due)
  }
  const day = due && readDay(due) !== null ? { day: due } : null
  const { rule, isStrict } = readRecurrence(rec ?? '')
  setDue(draft, { due: day, rule: rule && readRule(rule), typed: rec ? `rec:${rec}` : '' })
  if (draft.rule !== null && !isStrict) note(draft, 'recurrence_from_completion', `rec:${rec}`)
}

const UNITS: Partial<Record<string, string>> = { d: 'DAILY', w: 'WEEKLY', m: 'MONTHLY', y: 'YEARLY' }

/** `rec:+2w` counts from the due date, `rec:2w` from the day when it is done. `b` are days of business. */
function readRecurrence(typed: string): { rule: string | null; isStrict: boolean } {
  const [, plus, count, unit = ''] = /^(\+?)(\d{1,3})([dwmyb])$/.exec(typed) ?? []
  const isStrict = plus === '+'
  if (unit === 'b') return { rule: count === '1' ? 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR' : null, isStrict }
  return { rule: UNITS[unit] ? `FREQ=${UNITS[unit]};INTERVAL=${Number(count)}` : null, isStrict }
}
