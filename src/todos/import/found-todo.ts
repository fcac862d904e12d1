import type { TodoInput } from '../schemas'

/*
 * What the readers of files find. They read, and write nothing. What they left out or changed is a code: the words come later, in the
 * language of who reads them.
 */

export const FORMATS = ['todoist', 'todo.txt', 'icalendar', 'google_tasks', 'microsoft_to_do'] as const
export type Format = (typeof FORMATS)[number]

/** A whole day, a time on the wall clock of a zone, or an instant whose zone the file does not say (ms). */
export type Due = { day: string } | { wallClock: string; zone: string } | { instant: number }

/** What was changed or left out. `what` is the text that it is about, as the file has it; it may be empty. */
export interface Note {
  code: NoteCode
  what: string
}

export type NoteCode =
  /** Too long: the whole text is in the description. */
  | 'contents_cut'
  | 'labels_moved'
  /** Too long even for the description: what follows is lost. */
  | 'description_cut'
  | 'list_cut'
  /** Control characters, lone surrogates, and too many marks on one letter. */
  | 'characters_left_out'
  /** The words of the date are in the description. */
  | 'due_not_understood'
  /** The file names no year. */
  | 'year_guessed'
  /** The file says how often, but not when next: it begins on the first day that fits, today or later. */
  | 'start_guessed'
  | 'recurrence_left_out'
  /** The program counts from the day when it is done, and a rule from the day when it was due. */
  | 'recurrence_from_completion'
  /** The rule is about the start, and the to-do is due on another day. */
  | 'recurrence_from_start'
  | 'exceptions_left_out'
  | 'time_left_out'
  /** The time is taken in the zone of the person. */
  | 'zone_unknown'
  | 'priority_changed'
  /** It was under a subtask. It is under the to-do at the top now. */
  | 'nested_deeper'
  | 'parent_left_out'
  /** It is in one list. The others became labels. */
  | 'lists_as_labels'
  /** It is in the description, because a to-do has no field for it: a place, an address, who does it. */
  | 'moved_to_description'
  | 'reminder_left_out'
  | 'attachments_left_out'
  /** It could not be completed there, and stood above others. */
  | 'was_heading'
  | 'progress_left_out'
  /** It was cancelled, and counts as done. */
  | 'cancelled'

/** A to-do of a file, as we keep one. Its texts have the lengths and the characters that the API takes. */
export interface FoundTodo extends Pick<TodoInput, 'contents' | 'description' | 'priority' | 'labels' | 'isDone'> {
  /**
   * What names it in its program, so that a second import finds it again. Where the format has no ids, it is what stays the same while
   * people work with it: its list and contents, but neither its dates nor whether it is done; then the how-manieth of equal ones.
   */
  sourceId: string
  /** ms; null if it is open, or the file does not say. */
  completedAt: number | null
  createdAt: number | null
  due: Due | null
  /** The words of the due date, where another day makes another date of them: `tomorrow`, `every day`. Else null. */
  dueWords: string | null
  /** An RRULE that `readRule` takes. It has a due date then. */
  rule: string | null
  /** The `sourceId` of a to-do of this file that has no parent itself. */
  parent: string | null
  list: string | null
  notes: Note[]
}

/** Which lines of the file it is about, from 1. In JSON it is the place among the lists, to-dos and steps, counted together. */
export interface Place {
  line: number
  lastLine: number
}

export type SkipReason =
  | 'blank_line'
  /** The names of columns, or properties of a calendar. */
  | 'heading'
  /** A list or a section: its to-dos name it. */
  | 'list'
  /** A comment: it is in the description of the to-do before it. */
  | 'joined'
  /** A comment on a project. */
  | 'comment'
  | 'setting'
  /** An event, an alarm, a time zone. */
  | 'not_a_todo'
  | 'deleted'
  /** One occurrence of a recurring to-do that somebody changed. */
  | 'changed_occurrence'

export type RefuseReason = 'blank' | 'unreadable' | 'unclosed'

/** What became of lines of the file. Every line is in exactly one. */
export type Line = Place &
  (
    | { kind: 'todo'; todo: FoundTodo }
    | { kind: 'skipped'; why: SkipReason; what: string }
    | { kind: 'refused'; why: RefuseReason; what: string }
  )

export type Fault = 'too_large' | 'too_many_lines' | 'unknown_encoding' | 'unknown_format'

export type Reading = { format: Format; lines: Line[] } | { fault: Fault }
