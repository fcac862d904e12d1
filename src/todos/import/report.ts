import { AppError, type FieldError } from '../../errors'
import type { Decision } from './decide'
import type { Fault, Format, Line, Place } from './found-todo'
import type { Item } from './items'
import { NOTE_MESSAGES } from './note-messages'
import { noteOf, type ReportNote } from './to-patch'

export const OUTCOMES = ['made', 'changed', 'unchanged', 'refused', 'skipped'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** What became of lines of the file. Every line is in exactly one. */
export interface ReportLine {
  line: number
  lastLine?: number
  outcome: Outcome
  todoId: string | null
  contents?: string
  notes: { code: string; message: string; what?: string }[]
}

export interface Report {
  format: Format
  summary: Record<Outcome, number>
  lines: ReportLine[]
}

/** Says what became of each line. */
export function reportOf(
  { format, lines }: { format: Format; lines: readonly Line[] },
  items: readonly Item[],
  decisions: ReadonlyMap<Item, Decision>,
): Report {
  const summary = { made: 0, changed: 0, unchanged: 0, refused: 0, skipped: 0 }
  const decided = new Map(items.map((item) => [item.todo, { id: item.id, decision: decisions.get(item) }]))
  const reported = lines.map((line): ReportLine => {
    if (line.kind !== 'todo') {
      summary[line.kind]++
      return { ...placeOf(line), outcome: line.kind, todoId: null, notes: [toNote(noteOf(line.why, line.what))] }
    }
    const { id, decision } = decided.get(line.todo) ?? {}
    if (id === undefined || !decision) throw new AppError('internal_error')
    const { outcome, isThere, notes } = decision
    summary[outcome]++
    // What was left out or changed is of interest if something was written.
    const all = outcome === 'made' || outcome === 'changed' ? [...line.todo.notes, ...notes] : notes
    const { contents } = line.todo
    return { ...placeOf(line), outcome, todoId: isThere ? id : null, contents, notes: all.map(toNote) }
  })
  return { format, summary, lines: reported }
}

const placeOf = ({ line, lastLine }: Place) => ({ line, ...(lastLine !== line && { lastLine }) })

const toNote = ({ code, what }: ReportNote) => ({ code, message: NOTE_MESSAGES[code], ...(what !== '' && { what }) })

const FAULTS: Record<Fault, string> = {
  too_large: 'Must have at most 5 MiB',
  too_many_lines: 'Must have at most 10,000 to-dos, lists and lines',
  unknown_encoding: 'Must be in UTF-8, or in UTF-16 with a byte order mark',
  unknown_format:
    'Must be a CSV of Todoist, a todo.txt, an iCalendar file, the Tasks.json of Google Takeout, or the lists of Microsoft To Do as Microsoft Graph gives them',
}

/** The error of a file that cannot be read at all. */
export function unreadable(fault: Fault): AppError {
  const errors: FieldError[] = [{ path: '', code: fault, message: FAULTS[fault] }]
  return new AppError('invalid_fields', { errors })
}
