import type { Draft, Entry, Situation } from './draft'
import { emptyDraft, keep, note, setDue } from './draft'
import { textOfHtml } from './html'
import { arrayOf, isObject, type JsonObject, textOf, timeOf } from './json'
import { at } from './lines'
import { instantOfGraph, readGraphDue } from './microsoft-dates'
import { ruleOfGraph } from './microsoft-recurrence'

/*
 * Microsoft To Do, as Microsoft Graph answers: todoTask, todoTaskList and checklistItem.
 * https://learn.microsoft.com/en-us/graph/api/resources/todotask
 *
 * Programs that export write an array of lists with their `tasks`, an answer (`{ value: […] }`), or an array of tasks. Who made or
 * changed it, and when it was changed last, is left out.
 */

interface List {
  name: string
  /** Whether the file has an object for it. */
  isNamed: boolean
  tasks: unknown[]
}

/** The lists of a file; null if it is not of Microsoft To Do. */
export function microsoftLists(root: unknown): List[] | null {
  const items = Array.isArray(root) ? root : isObject(root) ? (root['value'] ?? root['lists'] ?? [root]) : null
  const objects = arrayOf(items)
  if (objects.some(isTask)) return [{ name: '', isNamed: false, tasks: objects }]
  const lists = objects.filter(isList)
  if (lists.length === 0 || !lists.some((list) => tasksOf(list).some(isTask) || '@odata.etag' in list)) return null
  return lists.map((list) => ({ name: textOf(list['displayName']), isNamed: true, tasks: tasksOf(list) }))
}

const TASK_MARKS = ['importance', 'isReminderOn', 'dueDateTime', 'checklistItems', 'linkedResources', '@odata.etag']

const isTask = (value: unknown): boolean =>
  isObject(value) && typeof value['title'] === 'string' && TASK_MARKS.some((name) => name in value)

const isList = (value: unknown): value is JsonObject => isObject(value) && typeof value['displayName'] === 'string'

const tasksOf = (list: JsonObject): unknown[] => arrayOf(list['tasks'] ?? list['todoTasks'] ?? list['value'])

export function* readMicrosoftToDo(lists: List[], situation: Situation): Generator<Entry> {
  let line = 0
  for (const { name, isNamed, tasks } of lists) {
    if (isNamed) yield { ...at(++line), kind: 'skipped', why: 'list', what: name }
    for (const task of tasks) {
      line++
      if (!isObject(task)) {
        yield { ...at(line), kind: 'refused', why: 'unreadable', what: '' }
        continue
      }
      const draft = readTask(task, { line, list: name, situation })
      yield { ...at(line), kind: 'draft', draft }
      for (const step of arrayOf(task['checklistItems'])) {
        line++
        if (isObject(step)) yield { ...at(line), kind: 'draft', draft: readStep(step, draft, line) }
        else yield { ...at(line), kind: 'refused', why: 'unreadable', what: '' }
      }
    }
  }
}

interface TaskPlace {
  line: number
  list: string
  situation: Situation
}

/** Microsoft To Do has a star: `high`. `low` is only in Outlook. */
const PRIORITIES = new Map<string, Draft['priority']>([
  ['low', 'low'],
  ['normal', 'none'],
  ['high', 'high'],
])

function readTask(task: JsonObject, { line, list, situation }: TaskPlace): Draft {
  const id = textOf(task['id']) || null
  const title = textOf(task['title'])
  const draft = emptyDraft({ id, key: `${list}\n${title}`, handle: id ?? `line ${line}` })
  const status = textOf(task['status'])
  draft.contents = title
  draft.description = bodyOf(task['body'])
  draft.list = list || null
  draft.labels = arrayOf(task['categories']).map(textOf)
  draft.priority = PRIORITIES.get(textOf(task['importance'])) ?? 'none'
  draft.isDone = status === 'completed'
  draft.completedAt = instantOfGraph(task['completedDateTime'], situation)
  draft.createdAt = timeOf(task['createdDateTime'])
  if (['inProgress', 'waitingOnOthers', 'deferred'].includes(status)) note(draft, 'progress_left_out', status)
  if (task['isReminderOn'] === true) note(draft, 'reminder_left_out')
  if (task['hasAttachments'] === true) note(draft, 'attachments_left_out')
  setDates(draft, task, situation)
  for (const resource of arrayOf(task['linkedResources']).filter(isObject)) {
    const parts = ['applicationName', 'displayName', 'webUrl'].map((name) => textOf(resource[name]))
    keep(draft, 'linkedResources', parts.filter((part) => part !== '').join(' '))
  }
  return draft
}

/** Far more than a description may have, with its tags. */
const MAX_HTML = 200_000

function bodyOf(body: unknown): string {
  if (!isObject(body)) return ''
  const content = textOf(body['content'])
  return body['contentType'] === 'html' ? textOfHtml(content.slice(0, MAX_HTML)) : content
}

function setDates(draft: Draft, task: JsonObject, situation: Situation): void {
  const { due, unknownZone, typed } = readGraphDue(task['dueDateTime'], situation)
  if (typed !== '' && !due) {
    draft.kept.push(`dueDateTime: ${typed}`)
    note(draft, 'due_not_understood', typed)
  }
  if (unknownZone !== null) note(draft, 'zone_unknown', unknownZone)
  const start = readGraphDue(task['startDateTime'], situation)
  if (start.typed !== '') keep(draft, 'startDateTime', `startDateTime: ${start.typed}`)
  draft.due = due
  if (!isObject(task['recurrence'])) return
  const rule = ruleOfGraph(task['recurrence'])
  setDue(draft, {
    due,
    rule: rule && situation.readRule(rule),
    typed: `recurrence: ${recurrenceWords(task['recurrence'])}`,
  })
}

/** What a pattern says, for people who know the program. */
function recurrenceWords({ pattern }: JsonObject): string {
  if (!isObject(pattern)) return ''
  const values = [...PATTERN_FIELDS.map((name) => pattern[name]), ...arrayOf(pattern['daysOfWeek']).slice(0, 7)]
  return values.filter((value) => typeof value === 'string' || typeof value === 'number').join(' ')
}

const PATTERN_FIELDS = ['type', 'interval', 'index', 'month', 'dayOfMonth']

/** A step of a task is a subtask. Its id is one among the steps of its task. */
function readStep(step: JsonObject, task: Draft, line: number): Draft {
  const own = textOf(step['id'])
  const name = textOf(step['displayName'])
  const id = task.id !== null && own !== '' ? `${task.id.slice(0, 300)}/${own}` : null
  const draft = emptyDraft({ id, key: `${task.key.slice(0, 200)}\n${name}`, handle: `line ${line}` })
  draft.parentHandle = task.handle
  draft.contents = name
  draft.list = task.list
  draft.isDone = step['isChecked'] === true
  draft.completedAt = timeOf(step['checkedDateTime'])
  draft.createdAt = timeOf(step['createdDateTime'])
  return draft
}
