import { DAY_MS, LAST_TIME } from '../../lib/time'
import { instantOf, wallClockAt } from '../../lib/zone'
import { dueText, isInFourDigitYears, readDue, toDueColumns } from '../due'
import type { StoredPatch } from '../operations'
import type { FoundTodo } from './found-todo'
import type { ReportCode } from './note-messages'

/** Where a to-do is here. */
export interface Home {
  parentId: string | null
  listId: string | null
}

/** What an import notes of a to-do. */
export interface ReportNote {
  code: ReportCode
  what: string
}

export const noteOf = (code: ReportCode, what = ''): ReportNote => ({ code, what })

/**
 * The due date as the API takes it, and the rule. An instant is meant on the wall clock of the person, unless that clock shows the same
 * time twice. What is done does not come again: its program has written the next one into the file already.
 */
function dueOf(todo: FoundTodo, { zone, isSubtask }: { zone: string; isSubtask: boolean }) {
  const due = dueTextOf(todo, zone)
  const recurrence = due === null || todo.isDone || isSubtask ? null : todo.rule
  const notes: ReportNote[] = []
  if (due === null && todo.due !== null) notes.push(noteOf('time_left_out'))
  if (recurrence === null && todo.rule !== null) notes.push(noteOf('recurrence_left_out', todo.rule))
  return { due, recurrence, notes }
}

function dueTextOf({ due }: FoundTodo, zone: string): string | null {
  if (due === null) return null
  const text =
    'instant' in due ? textOfInstant(due.instant, zone) : 'day' in due ? due.day : `${due.wallClock}[${due.zone}]`
  const read = readDue(text)
  const { dueAt } = read ? toDueColumns(read) : { dueAt: Number.NaN }
  return isInFourDigitYears(dueAt) ? text : null
}

function textOfInstant(instant: number, zone: string): string {
  const isShown = Math.abs(instant) < LAST_TIME - DAY_MS && instantOf(wallClockAt(instant, zone), zone) === instant
  return dueText({ dueAt: instant, dueZone: isShown ? zone : 'UTC' })
}

/** The fields of a to-do of a file. `notes` are about what could not be kept. */
export function toPatch(
  todo: FoundTodo,
  { home, zone, now }: { home: Home; zone: string; now: number },
): { patch: StoredPatch; notes: ReportNote[] } {
  const { contents, description, priority, labels, isDone, completedAt } = todo
  const { due, recurrence, notes } = dueOf(todo, { zone, isSubtask: home.parentId !== null })
  return {
    patch: {
      contents,
      description,
      priority,
      labels,
      isDone,
      due,
      recurrence,
      ...home,
      ...(isDone && completedAt !== null && { completedAt: Math.min(completedAt, now) }),
    },
    notes,
  }
}

/**
 * When a to-do was made (ms). Where the file does not say, it is a moment ago, in the order of the file: lists show the oldest first.
 * @param fromEnd how many to-dos of the file come after it
 */
export function createdAtOf({ createdAt, completedAt }: FoundTodo, fromEnd: number, now: number): number {
  return Math.min(createdAt ?? now - 1 - fromEnd, completedAt ?? now, now)
}
