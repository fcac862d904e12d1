import type { ExportedTodo, FileWriter } from '../../../src/todos/export/exported-todo'
import { defaultPosition } from '../../../src/todos/position'

/** A to-do that differs from a plain one in these fields. */
export function exportedTodo(fields: Partial<ExportedTodo> = {}): ExportedTodo {
  const createdAt = '2026-11-20T10:00:00.000Z'
  return {
    id: '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10',
    contents: 'Buy milk',
    description: null,
    priority: 'none',
    isDone: typeof fields.completedAt === 'string',
    labels: [],
    due: null,
    dueAt: null,
    recurrence: null,
    parentId: null,
    listId: null,
    position: defaultPosition(Date.parse(createdAt)),
    completedAt: null,
    createdAt,
    updatedAt: '2026-11-21T10:00:00.000Z',
    version: 1,
    list: null,
    ...fields,
  }
}

/** The file of these to-dos. */
export const fileOf = ({ start, todo, end }: FileWriter, todos: ExportedTodo[]): string =>
  start + todos.map(todo).join('') + end
