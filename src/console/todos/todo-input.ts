import { PRIORITIES, type Todo, type TodoPatch } from '../../todos/schemas'
import { todoTag } from '../../todos/todo'
import type { Form } from '../page/form'

/** A to-do as it stands in the form that changes it. */
export interface TypedTodo {
  etag: string
  contents: string
  description: string
  priority: Todo['priority']
  isDone: boolean
  /** Separated by commas. */
  labels: string
  labelsBefore: string
  /** `2026-12-24T18:00`, in UTC. */
  due: string
  dueBefore: string
}

/** A to-do for the form that changes it. */
export function toTyped(todo: Todo): TypedTodo {
  const labels = todo.labels.join(', ')
  const due = todo.dueAt?.slice(0, 'YYYY-MM-DDTHH:MM'.length) ?? ''
  return {
    etag: todoTag(todo),
    contents: todo.contents,
    description: todo.description ?? '',
    priority: todo.priority,
    isDone: todo.isDone,
    labels,
    labelsBefore: labels,
    due,
    dueBefore: due,
  }
}

export const readTyped = (form: Form): TypedTodo => ({
  etag: form.visible('etag'),
  contents: form.get('contents'),
  description: form.get('description'),
  priority: PRIORITIES.find((one) => one === form.get('priority')) ?? 'none',
  isDone: form.get('isDone') === 'true',
  labels: form.get('labels'),
  labelsBefore: form.get('labelsBefore'),
  due: form.get('due'),
  dueBefore: form.get('dueBefore'),
})

/**
 * The change that a form asks for. A label may have a comma in it and a due date seconds, which the form cannot show: what was
 * left as it was is not named, and so stays.
 */
export const toPatch = ({ contents, description, priority, isDone, ...typed }: TypedTodo): TodoPatch => ({
  contents,
  description: description === '' ? null : description,
  priority,
  isDone,
  ...(typed.labels !== typed.labelsBefore && { labels: typed.labels.split(',').flatMap((one) => one.trim() || []) }),
  ...(typed.due !== typed.dueBefore && { dueAt: typed.due === '' ? null : `${typed.due}:00Z` }),
})
