import type { Due, FoundTodo, Note, Place, RefuseReason, SkipReason } from '../found-todo'

/** A to-do as a reader makes it out, in the texts of the file. `finishDrafts` fits it to what we keep. */
export interface Draft extends Omit<FoundTodo, 'sourceId' | 'description' | 'parent'> {
  /** Its id in its program. Null if the format has none: `key` tells it apart then. */
  id: string | null
  key: string
  /** What others in this file call it, and what it calls its parent. */
  handle: string
  parentHandle: string | null
  description: string
  /** What has no field here, for the end of the description. */
  kept: string[]
}

export type Outcome =
  | { kind: 'draft'; draft: Draft }
  | { kind: 'skipped'; why: SkipReason; what: string }
  | { kind: 'refused'; why: RefuseReason; what: string }

/** Lines of a file, in the order of the file. */
export type Entry = Place & Outcome

/** What a reader needs to know besides the file. */
export interface Situation {
  /** ms */
  now: number
  /** The zone of the person, for times that name none. */
  zone: string
  /** `readRule`, which remembers what it has seen. */
  readRule: (typed: string) => string | null
  /** The IANA name of a zone, whatever the program calls it; null if it is unknown. */
  zoneOf: (name: string) => string | null
}

/** Nobody has labels in a longer text. It is cut anyway. */
export const MAX_TAGGED = 20_000

/** So many labels of a to-do are looked at. */
export const MAX_LABELS_READ = 1000

/** A draft with nothing in it but its names. */
export const emptyDraft = (names: Pick<Draft, 'id' | 'key' | 'handle'>): Draft => ({
  ...names,
  parentHandle: null,
  contents: '',
  description: '',
  priority: 'none',
  labels: [],
  isDone: false,
  completedAt: null,
  createdAt: null,
  due: null,
  dueWords: null,
  rule: null,
  list: null,
  notes: [],
  kept: [],
})

/** Puts something that has no field of its own into the description, and says so. */
export function keep(draft: Draft, what: string, text: string): void {
  draft.kept.push(text)
  note(draft, 'moved_to_description', what)
}

/** Nobody reads more of them. A note takes ten times as much room in the report as what it is about takes in the file. */
const MAX_NOTES = 10

export const note = (draft: Draft, code: Note['code'], what = ''): void => {
  if (draft.notes.length < MAX_NOTES) draft.notes.push({ code, what })
}

/** Sets the due date and the rule. A rule that we do not take is a note, and in the description. */
export function setDue(
  draft: Draft,
  { due, rule, typed }: { due: Due | null; rule: string | null; typed: string },
): void {
  draft.due = due
  draft.rule = due && rule
  if (draft.rule !== null && due && 'instant' in due) draft.due = inUtc(due.instant)
  if (typed === '' || draft.rule !== null) return
  draft.kept.push(typed)
  note(draft, 'recurrence_left_out', typed)
}

/** What recurs needs a wall clock, and the file gives that of UTC. */
const inUtc = (ms: number): Due => ({ wallClock: new Date(ms).toISOString().slice(0, 19), zone: 'UTC' })
