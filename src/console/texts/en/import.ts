import type { Format } from '../../../todos/import/found-todo'
import type { Outcome } from '../../../todos/import/report'

const formats: Record<Format, string> = {
  todoist: 'Todoist (CSV)',
  'todo.txt': 'todo.txt',
  icalendar: 'iCalendar (.ics)',
  google_tasks: 'Google Tasks (JSON)',
  microsoft_to_do: 'Microsoft To Do (JSON)',
}

const howTo: Record<Format, string> = {
  todoist: 'A project’s “Export as a template”, or a file of a backup.',
  'todo.txt': 'The file as it is.',
  icalendar: 'Calendars and task programs such as Thunderbird, Tasks.org and Nextcloud export it.',
  google_tasks: 'Choose “Tasks” at takeout.google.com. The file is Tasks.json.',
  microsoft_to_do: 'The lists and tasks as Microsoft Graph gives them.',
}

const outcomes: Record<Outcome, string> = {
  made: 'New',
  changed: 'Changed',
  unchanged: 'Here already',
  refused: 'Not taken',
  skipped: 'No to-do',
}

export const importTexts = {
  import: {
    title: 'Bring to-dos from another program',
    intro: 'Choose a file. You first see what becomes of each line. Nothing is changed until you say so.',
    formats,
    howTo,
    file: 'File',
    fileHint: (mebibytes: number) => `At most ${mebibytes} MB and 10,000 to-dos.`,
    preview: 'Show what becomes of it',
    previewTitle: 'What becomes of the file',
    found: (name: string, format: string) => `${name}: ${format}.`,
    zone: (zone: string) => `Times without a time zone are taken as those of ${zone}.`,
    nothing: 'There is nothing to import: all of it is here already, or cannot be taken.',
    run: 'Import',
    other: 'Choose another file',
    running: 'It begins. Please leave this page open.',
    progress: (done: string, total: string) => `${done} of ${total} to-dos. Please leave this page open.`,
    done: 'It is done.',
    stopped: 'What was written so far stays. Go on, and nothing is made twice.',
    goOn: 'Go on',
    toTodos: 'Show the to-dos',
    another: 'Import another file',
    lines: 'Line by line',
    showAll: (count: string) => `Show all ${count} lines`,
    columns: { line: 'Line', todo: 'To-do', outcome: 'Result' },
    outcomes,
    note: ({ message }: { code: string; message: string }): string => `${message}.`,
    link: 'Bring your to-dos from another program',
  },
}
