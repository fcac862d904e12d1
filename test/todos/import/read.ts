import { expect } from 'vitest'
import type { FoundTodo, Line } from '../../../src/todos/import/found-todo'
import { readFile } from '../../../src/todos/import/readers/read-file'
import { readRule } from '../../../src/todos/recurrence'
import { todoInputSchema } from '../../../src/todos/schemas'

/** A Thursday, 19:00 in Seoul. */
export const NOW = Date.parse('2026-11-26T10:00:00Z')
export const ZONE = 'Asia/Seoul'

export const read = (file: string | Uint8Array, contentType = 'application/octet-stream') =>
  readFile(typeof file === 'string' ? new TextEncoder().encode(file) : file, { contentType, now: NOW, zone: ZONE })

/** The lines of a file that is one of ours. All of its to-dos are as the API takes them. */
export function linesOf(file: string | Uint8Array, contentType?: string): Line[] {
  const reading = read(file, contentType)
  if ('fault' in reading) throw new Error(`The file is refused: ${reading.fault}`)
  checkTodos(todosOf(reading.lines))
  return reading.lines
}

export const todosOf = (lines: Line[]): FoundTodo[] =>
  lines.flatMap((line) => (line.kind === 'todo' ? [line.todo] : []))

/** What holds for the to-dos of every file. */
export function checkTodos(todos: FoundTodo[]): void {
  const names = new Map(todos.map((todo) => [todo.sourceId, todo]))
  expect(names.size).toBe(todos.length)
  for (const { contents, description, priority, labels, isDone, ...others } of todos) {
    const input = { contents, description, priority, labels, isDone }
    expect(todoInputSchema.parse(input)).toMatchObject(input)
    expect(others.list === null || others.list.length <= 200).toBe(true)
    if (others.rule !== null) expect([others.due !== null, readRule(others.rule)]).toEqual([true, others.rule])
    if (!isDone) expect(others.completedAt).toBeNull()
    // One level: a parent is in the file, and has none itself.
    if (others.parent !== null) expect(names.get(others.parent)?.parent).toBeNull()
  }
}

/** A line of a table: what became of lines of a file. */
export function show(line: Line): string {
  const place = line.line === line.lastLine ? `${line.line}` : `${line.line}-${line.lastLine}`
  if (line.kind !== 'todo') return [place, line.kind, line.why, line.what].filter((part) => part !== '').join(' ')
  return `${place} ${showTodo(line.todo)}`
}

const day = (ms: number | null) => ms !== null && new Date(ms).toISOString().slice(0, 16)

/** What a to-do has beside what it has by default. */
function showTodo({ contents, priority, labels, isDone, due, rule, ...others }: FoundTodo): string {
  const parts = [
    `[${isDone ? 'x' : ' '}] ${contents}`,
    priority !== 'none' && priority,
    labels.length > 0 && labels.map((label) => `@${label}`).join(' '),
    others.list !== null && `in ${others.list}`,
    others.parent !== null && `under ${others.parent}`,
    due && `due ${'instant' in due ? day(due.instant) : 'day' in due ? due.day : `${due.wallClock} ${due.zone}`}`,
    rule,
    others.createdAt !== null && `made ${day(others.createdAt)}`,
    others.completedAt !== null && `done ${day(others.completedAt)}`,
    others.description !== null && JSON.stringify(others.description),
    others.notes.length > 0 && `! ${others.notes.map(({ code, what }) => `${code} ${what}`.trim()).join(', ')}`,
  ]
  return parts.filter((part) => part !== false && part !== null).join(' | ')
}
