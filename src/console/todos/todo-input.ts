import * as z from 'zod'
import { PRIORITIES, type Todo, type TodoPatch } from '../../todos/schemas'
import { todoTag } from '../../todos/todo'
import { typed, visible } from '../page/form'

/** `true` of a checkbox or a button. */
export const isTrue = typed.transform((value) => value === 'true')

/** A to-do as it stands in the form that changes it. */
export const todoFields = {
  etag: visible,
  contents: typed,
  description: typed,
  priority: z.enum(PRIORITIES).catch('none'),
  isDone: isTrue,
  /** Separated by commas. */
  labels: typed,
  labelsBefore: typed,
  /** `2026-12-24T18:00`, in UTC. */
  due: typed,
  dueBefore: typed,
}

export type TypedTodo = z.output<z.ZodObject<typeof todoFields>>

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
