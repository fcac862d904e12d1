import { isBlank } from '../../../lib/text'
import { DAY_MS } from '../../../lib/time'
import { MAX_CONTENTS, MAX_DESCRIPTION, MAX_LABEL, MAX_LABELS, MAX_LIST_NAME } from '../../../limits'
import { isInFourDigitYears } from '../../due'
import type { Due, FoundTodo, Line, Note } from '../found-todo'
import { type Draft, type Entry, MAX_LABELS_READ } from './draft'
import { fitLine, fitText } from './fit-text'
import { topAncestors } from './top-ancestors'

const MAX_SOURCE_ID = 400
/** A note shows what it is about. Nobody reads more of it. */
const MAX_WHAT = 100

/** Makes to-dos of drafts: fits their texts, names them, and puts subtasks under the to-do at the top. */
export function finishDrafts(entries: Entry[], now: number): Line[] {
  const nameOf = sourceIds()
  const found = new Map<Draft, FoundTodo>()
  const lines = entries.map((entry): Line => {
    if (entry.kind !== 'draft') return { ...entry, what: fitLine(entry.what, MAX_WHAT).text }
    const { draft, ...place } = entry
    if (isBlank(draft.contents))
      return { line: place.line, lastLine: place.lastLine, kind: 'refused', why: 'blank', what: '' }
    const todo = fitDraft(draft, nameOf(draft), now)
    if (!todo) return { line: place.line, lastLine: place.lastLine, kind: 'refused', why: 'blank', what: '' }
    found.set(draft, todo)
    return { line: place.line, lastLine: place.lastLine, kind: 'todo', todo }
  })
  const drafts = entries.flatMap((entry) => (entry.kind === 'draft' ? [entry.draft] : []))
  const topOf = topAncestors(drafts, (draft) => found.get(draft)?.sourceId ?? null)
  for (const [draft, todo] of found) {
    if (draft.parentHandle === null) continue
    const { top, isDirect } = topOf(draft)
    todo.parent = top
    if (top === null) todo.notes.push({ code: 'parent_left_out', what: '' })
    else if (!isDirect) todo.notes.push({ code: 'nested_deeper', what: '' })
  }
  return lines
}

/** Gives each draft a name that no other one of the file has. Reading the file again gives the same names. */
function sourceIds(): (draft: Draft) => string {
  const used = new Set<string>()
  const counts = new Map<string, number>()
  return ({ id, key }) => {
    const name = fitLine(id ?? key, MAX_SOURCE_ID).text || 'todo'
    let count = counts.get(name) ?? 0
    let sourceId: string
    do {
      count++
      sourceId = count === 1 ? name : `${name}#${count}`
    } while (used.has(sourceId))
    counts.set(name, count)
    used.add(sourceId)
    return sourceId
  }
}

function fitDraft(draft: Draft, sourceId: string, now: number): FoundTodo | null {
  const notes: Note[] = [...draft.notes]
  const contents = fitLine(draft.contents, MAX_CONTENTS)
  if (isBlank(contents.text)) return null
  if (contents.isCut) notes.push({ code: 'contents_cut', what: contents.text })
  const { labels, others } = fitLabels(draft.labels)
  if (others.length > 0) notes.push({ code: 'labels_moved', what: others.join(', ') })
  const parts = [contents.isCut ? draft.contents : '', draft.description, ...draft.kept, ...others]
  const description = fitText(parts.filter((part) => part.trim() !== '').join('\n\n'), MAX_DESCRIPTION)
  if (description.isCut) notes.push({ code: 'description_cut', what: '' })
  if (contents.isChanged || description.isChanged) notes.push({ code: 'characters_left_out', what: '' })
  const list = fitLine(draft.list ?? '', MAX_LIST_NAME)
  if (list.isCut) notes.push({ code: 'list_cut', what: draft.list ?? '' })
  const due = draft.due && isInRange(draft.due) ? draft.due : null
  if (draft.due && !due) notes.push({ code: 'time_left_out', what: '' })
  return {
    sourceId,
    contents: contents.text,
    description: isBlank(description.text) ? null : description.text,
    priority: draft.priority,
    labels,
    isDone: draft.isDone,
    completedAt: draft.isDone ? pastTime(draft.completedAt, now, notes) : null,
    createdAt: pastTime(draft.createdAt, now, notes),
    due,
    dueWords: draft.dueWords,
    rule: due && draft.rule,
    parent: null,
    list: isBlank(list.text) ? null : list.text,
    notes: notes.map(({ code, what }) => ({ code, what: fitLine(what, MAX_WHAT).text })),
  }
}

/** The labels that a to-do may have, and those that go to its description. */
function fitLabels(typed: string[]): { labels: string[]; others: string[] } {
  const labels = new Set<string>()
  const others: string[] = []
  for (const label of typed.slice(0, MAX_LABELS_READ)) {
    const { text, isCut } = fitLine(label, MAX_LABEL)
    if (isBlank(text) || labels.has(text)) continue
    if (isCut || labels.size === MAX_LABELS) others.push(`@${label}`)
    else labels.add(text)
  }
  return { labels: [...labels], others: others.concat(typed.slice(MAX_LABELS_READ)) }
}

const isInRange = (due: Due): boolean => {
  if ('instant' in due) return isInFourDigitYears(due.instant)
  return isInFourDigitYears(Date.parse('day' in due ? `${due.day}T00:00:00Z` : `${due.wallClock}Z`))
}

/** What has happened. A clock may be a day ahead of ours, because a day without a zone is one of the person. */
function pastTime(ms: number | null, now: number, notes: Note[]): number | null {
  if (ms === null || (isInFourDigitYears(ms) && ms <= now + DAY_MS)) return ms
  notes.push({ code: 'time_left_out', what: '' })
  return null
}
