import { isoTime } from '../../lib/time'
import { wallClockAt } from '../../lib/zone'
import { withoutTimeOfDay } from '../recurrence'
import type { ExportedTodo, FileWriter } from './exported-todo'

/*
 * todo.txt: https://github.com/todotxt/todo.txt
 *
 *     x (A) 2026-11-27 2026-11-20 Call the plumber +Home @phone due:2026-11-30 rec:+1w
 *
 * A line is a to-do. There is no place for a description, a time of the day, a parent or a position, nor for most rules.
 */

const LETTERS: Record<ExportedTodo['priority'], string | null> = {
  urgent: '(A)',
  high: '(B)',
  medium: '(C)',
  low: '(D)',
  none: null,
}

/** @param zone of the person: the days on which something was made and done are theirs */
export const todoTxtWriter = (zone: string): FileWriter => ({
  start: '',
  todo: (todo) => `${lineOf(todo, zone)}\n`,
  end: '',
})

function lineOf(todo: ExportedTodo, zone: string): string {
  const due = todo.due?.slice(0, 10)
  return [
    todo.isDone ? 'x' : null,
    LETTERS[todo.priority],
    todo.completedAt === null ? null : dayIn(zone, todo.completedAt),
    dayIn(zone, todo.createdAt),
    plainWords(todo.contents),
    todo.list === null ? null : `+${asWord(todo.list)}`,
    ...todo.labels.map((label) => `@${asWord(label)}`),
    due === undefined ? null : `due:${due}`,
    // What is done recurs no more: the next one has the rule.
    todo.recurrence === null || todo.isDone ? null : recurrenceOf(withoutTimeOfDay(todo.recurrence)),
  ]
    .filter((word) => word !== null)
    .join(' ')
}

const dayIn = (zone: string, time: string): string => isoTime(wallClockAt(Date.parse(time), zone)).slice(0, 10)

/** A word such as `due:2026-12-24` would be read as the due date. With a space in it, it is only text. */
const plainWords = (contents: string): string =>
  contents
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/(?<= |^)(due|t|rec|pri):(?=\S)/g, '$1: ')

/** A project or a context ends at a space. */
const asWord = (name: string): string => name.trim().replace(/\s+/g, '_')

const UNITS: Partial<Record<string, string>> = { DAILY: 'd', WEEKLY: 'w', MONTHLY: 'm', YEARLY: 'y' }

/** `rec:+2w` is every two weeks, from the due date on. Null for a rule that says more than that. */
function recurrenceOf(rule: string): string | null {
  if (/^FREQ=WEEKLY;(?:INTERVAL=1;)?BYDAY=MO,TU,WE,TH,FR$/.test(rule)) return 'rec:+1b'
  const [, frequency = '', interval = '1'] = /^FREQ=([A-Z]+)(?:;INTERVAL=(\d+))?$/.exec(rule) ?? []
  const unit = UNITS[frequency]
  return unit === undefined ? null : `rec:+${interval}${unit}`
}
