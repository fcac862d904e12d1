import { env } from 'cloudflare:workers'
import type { Report, ReportLine } from '../../../src/todos/import/report'
import type { Todo } from '../../../src/todos/schemas'
import type { Answer, Client, ProblemBody } from '../../helpers/client'

/* Importing files as a client does, and what is there afterwards. */

const files = import.meta.glob<string>('./files/*', { query: '?raw', import: 'default', eager: true })

export const FILES = Object.keys(files).map((path) => path.replace('./files/', ''))
export const fileOf = (name: string): string => files[`./files/${name}`] ?? ''

const TYPES: Record<string, string> = {
  csv: 'text/csv',
  txt: 'text/plain',
  ics: 'text/calendar',
  json: 'application/json',
}
export const typeOf = (name: string): string => TYPES[name.split('.').at(-1) ?? ''] ?? ''

/** A file of Google Tasks with one list. */
export const googleFile = (tasks: object[], title = 'My Tasks'): string =>
  JSON.stringify({ kind: 'tasks#tasks', title, items: tasks })

export interface Asked {
  type?: string
  dryRun?: boolean
  timeZone?: string
  accept?: string
}

/** Imports a text as it is. By default it is a todo.txt. */
export const importText = (
  client: Client,
  body: string | Uint8Array<ArrayBuffer>,
  { type = 'text/plain', dryRun = false, timeZone, accept }: Asked = {},
): Promise<Answer<Report & ProblemBody>> => {
  const query = `dryRun=${dryRun}${timeZone === undefined ? '' : `&timeZone=${encodeURIComponent(timeZone)}`}`
  const headers = { 'Content-Type': type, ...(accept && { Accept: accept }) }
  return client.post(`/todos/import?${query}`, body, { headers })
}

/** Imports one of the sample files, for somebody in Seoul. */
export const importSample = (client: Client, name: string, asked: Asked = {}) =>
  importText(client, fileOf(name), { type: typeOf(name), timeZone: 'Asia/Seoul', ...asked })

/** All to-dos, in the order of their creation. */
export async function allTodos(client: Client): Promise<Todo[]> {
  const todos: Todo[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Answer<{ todos: Todo[]; nextCursor: string | null }> = await client.get(
      `/todos?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`,
    )
    todos.push(...page.body.todos)
    cursor = page.body.nextCursor
  }
  return todos
}

export async function listNames(userId: string): Promise<Map<string, string>> {
  const { results } = await env.DB.prepare('SELECT id, name FROM lists WHERE user_id = ? ORDER BY created_at')
    .bind(userId)
    .all<{ id: string; name: string }>()
  return new Map(results.map(({ id, name }) => [id, name]))
}

/** A line of a table: what a to-do has beside what it has by default. `~` is a time of creation that the file does not say. */
export function showTodo(
  todo: Todo,
  { todos, lists }: { todos: Todo[]; lists: Map<string, string> },
  now: number,
): string {
  const parent = todos.find(({ id }) => id === todo.parentId)
  const isMadeUp = now - Date.parse(todo.createdAt) < 1000
  const parts = [
    `[${todo.isDone ? 'x' : ' '}] ${todo.contents}`,
    todo.priority !== 'none' && todo.priority,
    ...todo.labels.map((label) => `@${label}`),
    todo.listId !== null && `in ${lists.get(todo.listId)}`,
    parent && `under ${parent.contents}`,
    todo.due !== null && `due ${todo.due}`,
    todo.dueAt !== null && `at ${todo.dueAt}`,
    todo.recurrence,
    isMadeUp ? '~' : `made ${todo.createdAt}`,
    todo.completedAt !== null && `done ${todo.completedAt}`,
    todo.description !== null && JSON.stringify(todo.description),
  ]
  return parts.filter((part) => typeof part === 'string').join(' | ')
}

/** A line of a report. */
export function showLine({ line, lastLine, outcome, todoId, contents, notes }: ReportLine): string {
  const place = lastLine === undefined ? `${line}` : `${line}-${lastLine}`
  const codes = notes.map(({ code, what }) => (what === undefined ? code : `${code} ${what}`))
  return [`${place} ${outcome}${todoId === null ? '' : ' #'}`, contents, ...codes]
    .filter((part) => part !== undefined)
    .join(' | ')
}
