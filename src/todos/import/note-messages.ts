import type { NoteCode, RefuseReason, SkipReason } from './found-todo'

/** What an import notes by itself, beside what the readers of files note. */
export type ImportCode =
  | 'kept_yours'
  | 'deleted_here'
  | 'quota_exceeded'
  | 'exported_from_here'
  | 'id_taken'
  | 'parent_not_there'
  | 'too_many_subtasks'
  | 'list_left_out'

export type ReportCode = NoteCode | SkipReason | RefuseReason | ImportCode

/** What each note says. */
export const NOTE_MESSAGES: Record<ReportCode, string> = {
  attachments_left_out: 'Attached files were left out',
  blank: 'It has no title',
  blank_line: 'The line is blank',
  cancelled: 'It was cancelled there, and counts as done here',
  changed_occurrence: 'Somebody changed this one occurrence of a recurring to-do; it was left out',
  characters_left_out: 'Characters that cannot be kept were left out',
  comment: 'A comment on a project was left out',
  contents_cut: 'The title was too long; all of it is in the description',
  deleted: 'It was deleted there',
  deleted_here: 'You have deleted it here, so it was not made again',
  description_cut: 'The description was too long; its end was left out',
  due_not_understood: 'The due date was not understood; its words are in the description',
  exceptions_left_out: 'The days on which it does not recur were left out',
  exported_from_here: 'The file is an export of these to-dos, so it is there already',
  heading: 'The line describes the file',
  id_taken: 'Another to-do has the id that this one would have',
  joined: 'A comment: it is in the description of the to-do before it',
  kept_yours: 'The file has changed, but you have changed it here too; yours was kept',
  labels_moved: 'Labels that were too long or too many are in the description',
  list: 'A list: its to-dos name it',
  list_cut: 'The name of the list was too long, and was cut',
  list_left_out: 'It is in no list, because there are too many lists',
  lists_as_labels: 'It is in one list; the others became labels',
  moved_to_description: 'There is no field for this, so it is in the description',
  nested_deeper: 'It was under a subtask; it is under the to-do at the top now',
  not_a_todo: 'It is no to-do',
  parent_left_out: 'The to-do that it was under cannot have it, so it stands by itself',
  parent_not_there: 'The to-do that it is under is not there',
  priority_changed: 'That priority does not exist here; the closest one was taken',
  progress_left_out: 'How far it is was left out',
  quota_exceeded: 'There is no room for it among your to-dos',
  recurrence_from_completion: 'It counts from the day when it was due, and not from the day when it is done',
  recurrence_from_start: 'It counts from the day when it is due, and not from its start',
  recurrence_left_out: 'It does not recur here',
  reminder_left_out: 'A reminder was left out',
  setting: 'A setting of the program was left out',
  start_guessed: 'The file does not say when it is due first; it is the first day that fits',
  time_left_out: 'A time that cannot be right was left out',
  too_many_subtasks: 'The to-do that it was under has too many subtasks, so it stands by itself',
  unclosed: 'The quotation marks of this line are never closed',
  unreadable: 'The line cannot be read',
  was_heading: 'It was a heading there, which cannot be completed',
  year_guessed: 'The file names no year, so this year was taken',
  zone_unknown: 'The time zone is unknown; yours was taken',
}
