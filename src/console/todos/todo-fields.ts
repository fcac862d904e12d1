import * as z from 'zod'
import { PRIORITIES, type Todo, type TodoPatch } from '../../todos/schemas'
import { todoTag } from '../../todos/todo'
import { flag, headerValue, text } from '../page/form'

/** What the form of a to-do sends. The two fields `…Before` hold what the form showed at first. */
export const todoFields = {
  etag: headerValue,
  contents: text,
  description: text,
  priority: z.enum(PRIORITIES).catch('none'),
  isDone: flag,
  /** Separated by commas. */
  labels: text,
  labelsBefore: text,
  /** `2026-12-24T18:00`, in UTC. */
  due: text,
  dueBefore: text,
}

export type TodoFields = z.output<z.ZodObject<typeof todoFields>>

/** What the form shows of a to-do. */
export function toFields(todo: Todo): TodoFields {
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
 * The change that a form asks for. Labels with commas and due dates with seconds would be damaged by the form, which cannot
 * show them. So the change leaves out labels and a due date that were not edited.
 */
export const toPatch = ({ contents, description, priority, isDone, ...fields }: TodoFields): TodoPatch => ({
  contents,
  description: description === '' ? null : description,
  priority,
  isDone,
  ...(fields.labels !== fields.labelsBefore && { labels: splitLabels(fields.labels) }),
  ...(fields.due !== fields.dueBefore && { dueAt: fields.due === '' ? null : `${fields.due}:00Z` }),
})

const splitLabels = (labels: string): string[] => labels.split(',').flatMap((label) => label.trim() || [])
