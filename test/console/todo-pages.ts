import type { Todo } from '../../src/todos/schemas'
import { type Browser, type Form, fieldValue, type Page } from './browser'

export const createTodo = async ({ client }: Browser, todo: Partial<Todo>): Promise<Todo> =>
  (await client.post<Todo>('/todos', todo)).body

export const todosOf = async ({ client }: Browser): Promise<Todo[]> =>
  (await client.get<{ todos: Todo[] }>('/todos')).body.todos

export const getTodo = async ({ client }: Browser, { id }: Pick<Todo, 'id'>): Promise<Todo> =>
  (await client.get<Todo>(`/todos/${id}`)).body

export const setZone = ({ client }: Browser, timeZone: string | null) => client.patch('/users/me', { timeZone })

/** The contents of the to-dos on a page, in order. */
export const contentsOn = ({ text }: Page): string[] =>
  [...text.matchAll(/<a class="contents" [^>]*>([^<]*)<\/a>/g)].map(([, contents = '']) => contents)

/** The option of a select that is chosen. A browser sends the first one if none is. */
export function selectedOn({ text }: Pick<Page, 'text'>, name: string): string {
  const [, options = ''] = new RegExp(`<select[^>]* name="${name}"[^>]*>(.*?)</select>`, 's').exec(text) ?? []
  const [, chosen] = / value="([^"]*)" selected/.exec(options) ?? []
  return chosen ?? / value="([^"]*)"/.exec(options)?.[1] ?? ''
}

const INPUTS = [
  'etag',
  'isDoneBefore',
  'labelsBefore',
  'newLabels',
  'listBefore',
  'dueDay',
  'dueTime',
  'dueZone',
  'dueBefore',
  'rule',
  'ruleBefore',
]
const SELECTS = ['list', 'repeat']

/** What the form of a to-do sends if nothing is edited. */
export function fieldsOn({ text }: Page): Form {
  const has = (name: string) => text.includes(` name="${name}"`)
  const inputs = INPUTS.filter(has).map((name) => [name, fieldValue({ text }, name)])
  const selects = SELECTS.filter(has).map((name) => [name, selectedOn({ text }, name)])
  const areas = [...text.matchAll(/<textarea[^>]* name="(\w+)"[^>]*>\n?([^<]*)</g)].map(([, name, value]) => [
    name,
    value,
  ])
  const [, priority = ''] = / name="priority" value="(\w+)" checked/.exec(text) ?? []
  const boxes = [...text.matchAll(/<input[^>]* name="labels\[\]"[^>]* checked[^>]*>/g)]
  const labels = boxes.map(([tag]) => fieldValue({ text: tag }, 'labels[]'))
  const done = / name="isDone" value="true" checked/.test(text) ? { isDone: 'true' } : {}
  return { ...Object.fromEntries([...inputs, ...selects, ...areas]), priority, 'labels[]': labels, ...done }
}
