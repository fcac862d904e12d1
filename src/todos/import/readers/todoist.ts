import { type CsvRecord, readCsv } from './csv'
import type { Draft, Entry, Outcome, Situation } from './draft'
import { emptyDraft, keep, MAX_TAGGED, note, setDue } from './draft'
import { type DateWords, readDateWords } from './words/read-date-words'

/*
 * Todoist's CSV: what "Export as template" and the backups write.
 * https://www.todoist.com/help/articles/import-or-export-a-project-as-a-csv-file-in-todoist-YC8YvN
 *
 * A file is one project, and does not name it. It has no ids, nothing that is done, and no times when something was made. AUTHOR and
 * IS_COLLAPSED are left out: nearly always they are the person, and how the page looked.
 */

const HEADING = ['TYPE', 'CONTENT']
const DELIMITERS = [',', ';', '\t']

/** What stands between the cells; null if this is not Todoist's CSV. */
export function todoistDelimiter(text: string): string | null {
  const heading = text.slice(0, 1000)
  return DELIMITERS.find((delimiter) => HEADING.every((name) => columnsOf(heading, delimiter).has(name))) ?? null
}

function columnsOf(text: string, delimiter: string): Map<string, number> {
  const [heading] = readCsv(text, delimiter)
  return new Map(heading?.cells.map((cell, index) => [cell.trim().toUpperCase(), index]))
}

type Row = (column: string) => string

/** What the rows so far mean for the next one. */
interface Progress {
  section: string | null
  /** The tasks that a row may be under, the outermost first. */
  path: { draft: Draft; indent: number }[]
  last: Draft | null
  /** The words of dates that were read already, by language and zone. */
  dates: Map<string, DateWords | null>
}

export function* readTodoist(text: string, delimiter: string, situation: Situation): Generator<Entry> {
  const columns = columnsOf(text.slice(0, 1000), delimiter)
  const progress: Progress = { section: null, path: [], last: null, dates: new Map() }
  let isHeading = true
  for (const record of readCsv(text, delimiter)) {
    const place = { line: record.line, lastLine: record.lastLine }
    const row: Row = (column) => record.cells[columns.get(column) ?? -1]?.trim() ?? ''
    if (isHeading) yield { ...place, kind: 'skipped', why: 'heading', what: '' }
    else if (record.isUnclosed) yield { ...place, kind: 'refused', why: 'unclosed', what: row('CONTENT') }
    else yield { ...place, ...readRow(record, row, progress, situation) }
    isHeading = false
  }
}

function readRow(record: CsvRecord, row: Row, progress: Progress, situation: Situation): Outcome {
  if (record.cells.every((cell) => cell.trim() === '')) return { kind: 'skipped', why: 'blank_line', what: '' }
  switch (row('TYPE').toLowerCase()) {
    case 'task': {
      const draft = readTask(record, row, progress, situation)
      progress.last = draft
      return { kind: 'draft', draft }
    }
    case 'section':
      progress.section = row('CONTENT') || null
      progress.path = []
      progress.last = null
      return { kind: 'skipped', why: 'list', what: row('CONTENT') }
    case 'note':
      if (!progress.last) return { kind: 'skipped', why: 'comment', what: row('CONTENT') }
      progress.last.kept.push(row('CONTENT'))
      return { kind: 'skipped', why: 'joined', what: row('CONTENT') }
    case 'meta':
      return { kind: 'skipped', why: 'setting', what: row('CONTENT') }
    default:
      return { kind: 'refused', why: 'unreadable', what: row('TYPE') }
  }
}

function readTask(record: CsvRecord, row: Row, progress: Progress, situation: Situation): Draft {
  const { contents, labels, isHeading } = takeLabels(row('CONTENT'))
  const indent = Math.max(1, Number(row('INDENT')) || 1)
  while ((progress.path.at(-1)?.indent ?? 0) >= indent) progress.path.pop()
  const parent = progress.path.at(-1)?.draft ?? null
  const key = [progress.section ?? '', parent?.contents ?? '', contents].map((part) => part.slice(0, 120)).join('\n')
  const draft = emptyDraft({ id: null, key, handle: String(record.line) })
  progress.path.push({ draft, indent })
  draft.parentHandle = parent?.handle ?? null
  draft.contents = contents
  draft.labels = labels
  draft.description = row('DESCRIPTION')
  draft.list = progress.section
  if (isHeading) note(draft, 'was_heading')
  setPriority(draft, row('PRIORITY'))
  setDate(draft, row, { dates: progress.dates, situation })
  for (const [column, unit] of [
    ['RESPONSIBLE', ''],
    ['DURATION', 'DURATION_UNIT'],
    ['DEADLINE', ''],
  ] as const) {
    const value = row(column)
    // Where there is no duration, backups say so.
    if (value !== '' && value !== 'None') keep(draft, column, `${column}: ${value} ${row(unit)}`.trim())
  }
  return draft
}

/** A label is `@` and its name, where a word may begin. `* ` in front makes a heading of a task, which cannot be completed. */
function takeLabels(typed: string): { contents: string; labels: string[]; isHeading: boolean } {
  if (typed.length > MAX_TAGGED) return { contents: typed, labels: [], isHeading: false }
  const words = typed.replace(/^\* /, '').split(' ')
  const isLabel = (word: string) => word.length > 1 && word.startsWith('@')
  const contents = words
    .filter((word) => !isLabel(word))
    .join(' ')
    .trim()
  const labels = words.filter(isLabel).map((word) => word.slice(1).trim())
  return { contents: contents === '' ? typed : contents, labels, isHeading: typed.startsWith('* ') }
}

/** 1 is the highest in the file. The documentation says that an empty one is 1 too, but nobody means that each task is urgent. */
const PRIORITIES = new Map<string, Draft['priority']>([
  ['1', 'urgent'],
  ['2', 'high'],
  ['3', 'medium'],
  ['4', 'none'],
  ['', 'none'],
])

function setPriority(draft: Draft, typed: string): void {
  draft.priority = PRIORITIES.get(typed) ?? 'none'
  if (!PRIORITIES.has(typed)) note(draft, 'priority_changed', typed)
}

function setDate(
  draft: Draft,
  row: Row,
  { dates, situation }: { dates: Progress['dates']; situation: Situation },
): void {
  const typed = row('DATE')
  if (typed === '') return
  const [language, named] = [row('DATE_LANG'), row('TIMEZONE')]
  const zone = named === '' ? situation.zone : situation.zoneOf(named)
  const key = [language, named, typed].join('\n')
  draft.dueWords = [language, zone ?? situation.zone, typed].join('\n')
  let found = dates.get(key)
  if (found === undefined) {
    found = readDateWords(typed, { language, now: situation.now, zone: zone ?? situation.zone })
    dates.set(key, found)
  }
  if (!found) {
    draft.kept.push(`DATE: ${typed}`)
    note(draft, 'due_not_understood', typed)
    return
  }
  const { due, rule, isYearGuessed, isStartGuessed, isFromCompletion } = found
  setDue(draft, { due, rule: rule && situation.readRule(rule), typed: rule === null ? '' : `DATE: ${typed}` })
  if (isStartGuessed && draft.rule !== null) note(draft, 'start_guessed', typed)
  if (isYearGuessed) note(draft, 'year_guessed', typed)
  if (isFromCompletion && draft.rule !== null) note(draft, 'recurrence_from_completion', typed)
  if (zone === null && 'wallClock' in due) note(draft, 'zone_unknown', named)
}
