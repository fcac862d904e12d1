import type { Fault, Format, Reading } from '../found-todo'
import { decodeFile } from './decode'
import type { Entry, Situation } from './draft'
import { finishDrafts } from './finish-drafts'
import { googleLists, readGoogleTasks } from './google-tasks'
import { looksLikeCalendar, readICalendar } from './icalendar'
import { parseJson } from './json'
import { microsoftLists, readMicrosoftToDo } from './microsoft-to-do'
import { ruleReader } from './rules'
import { looksLikeTodoTxt, readTodoTxt } from './todo-txt'
import { readTodoist, todoistDelimiter } from './todoist'
import { zoneReader } from './windows-zones'

export const MAX_FILE_BYTES = 5 * 1024 * 1024
/** To-dos, lists and what else is found in a file. Of a calendar it is each to-do and event, not each line. */
export const MAX_FILE_LINES = 10_000

interface Asked {
  /** `Content-Type` of the file. It decides only between formats that look the same. */
  contentType: string
  /** ms */
  now: number
  /** The zone of the person, for times that name none. */
  zone: string
}

/**
 * Reads a file of to-dos that somebody brings: which of the formats it is, and what becomes of each of its lines. It takes time that
 * grows with the file and no faster, and it never throws.
 */
export function readFile(bytes: Uint8Array, { contentType, now, zone }: Asked): Reading {
  if (bytes.length > MAX_FILE_BYTES) return { fault: 'too_large' }
  const text = decodeFile(bytes)
  if (text === null) return { fault: 'unknown_encoding' }
  const found = detect(text, contentType, { now, zone, readRule: ruleReader(), zoneOf: zoneReader() })
  if ('fault' in found) return found
  const entries: Entry[] = []
  for (const entry of found.entries) {
    if (entries.length === MAX_FILE_LINES) return { fault: 'too_many_lines' }
    entries.push(entry)
  }
  return { format: found.format, lines: finishDrafts(entries, now) }
}

type Detected = { format: Format; entries: Iterable<Entry> } | { fault: Fault }

/** By what the file has. Any text is a todo.txt, so that needs its content type, or something that only todo.txt has. */
function detect(text: string, contentType: string, situation: Situation): Detected {
  if (looksLikeCalendar(text)) return { format: 'icalendar', entries: readICalendar(text, situation) }
  const delimiter = todoistDelimiter(text)
  if (delimiter !== null) return { format: 'todoist', entries: readTodoist(text, delimiter, situation) }
  const json = /^\s{0,100}[[{]/.test(text.slice(0, 101)) ? parseJson(text) : undefined
  if (json === null) return { fault: 'too_many_lines' }
  if (json !== undefined) return detectJson(json, situation)
  const isText = text.trim() !== '' && !text.includes('\0')
  if (isText && (/^text\/plain\b/i.test(contentType) || looksLikeTodoTxt(text))) {
    return { format: 'todo.txt', entries: readTodoTxt(text, situation) }
  }
  return { fault: 'unknown_format' }
}

function detectJson(json: unknown, situation: Situation): Detected {
  const google = googleLists(json)
  if (google) return { format: 'google_tasks', entries: readGoogleTasks(google) }
  const microsoft = microsoftLists(json)
  if (microsoft) return { format: 'microsoft_to_do', entries: readMicrosoftToDo(microsoft, situation) }
  return { fault: 'unknown_format' }
}
