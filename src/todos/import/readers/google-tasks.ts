import type { Draft, Entry } from './draft'
import { emptyDraft, keep, note } from './draft'
import { arrayOf, isObject, type JsonObject, textOf, timeOf } from './json'
import { at } from './lines'

/*
 * Google Tasks, as Google Takeout writes it into `Tasks.json`: lists of the resources of the API.
 * https://developers.google.com/workspace/tasks/reference/rest/v1/tasks
 *
 * A due date is a day: the API keeps no time, and gives the day as midnight in UTC. What recurs is not in the file. `updated` and
 * `position` are left out: the order of the file is the order of the list.
 */

/** The lists of a file; null if it is not of Google Tasks. */
export function googleLists(root: unknown): JsonObject[] | null {
  if (!isObject(root) || !/^tasks#task(?:s|List|Lists)$/.test(textOf(root['kind']))) return null
  const items = arrayOf(root['items']).filter(isObject)
  // The API answers a single list, whose items are the tasks.
  const isOneList = root['kind'] !== 'tasks#taskLists'
  return isOneList ? [root] : items
}

export function* readGoogleTasks(lists: JsonObject[]): Generator<Entry> {
  let line = 0
  for (const list of lists) {
    const title = textOf(list['title'])
    yield { ...at(++line), kind: 'skipped', why: 'list', what: title }
    for (const item of arrayOf(list['items'])) {
      line++
      if (!isObject(item)) yield { ...at(line), kind: 'refused', why: 'unreadable', what: '' }
      else if (item['deleted'] === true)
        yield { ...at(line), kind: 'skipped', why: 'deleted', what: textOf(item['title']) }
      else yield { ...at(line), kind: 'draft', draft: readTask(item, line, title) }
    }
  }
}

function readTask(task: JsonObject, line: number, list: string): Draft {
  const id = textOf(task['id']) || null
  const title = textOf(task['title'])
  const draft = emptyDraft({ id, key: `${list}\n${title}`, handle: id ?? `line ${line}` })
  draft.parentHandle = textOf(task['parent']) || null
  draft.contents = title
  draft.description = textOf(task['notes'])
  draft.list = list || null
  draft.isDone = task['status'] === 'completed'
  draft.completedAt = timeOf(task['completed'])
  draft.createdAt = timeOf(task['created'])
  setDue(draft, textOf(task['due']))
  for (const link of arrayOf(task['links'])) {
    const address = isObject(link) ? textOf(link['link']) : ''
    if (address !== '') keep(draft, 'links', address)
  }
  return draft
}

function setDue(draft: Draft, typed: string): void {
  if (typed === '') return
  const day = timeOf(typed) === null ? null : typed.slice(0, 10)
  if (day !== null) draft.due = { day }
  else {
    draft.kept.push(`due: ${typed}`)
    note(draft, 'due_not_understood', typed)
  }
}
