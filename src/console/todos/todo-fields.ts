import * as z from 'zod'
import { PRIORITIES, type Todo, type TodoPatch } from '../../todos/schemas'
import { todoTag } from '../../todos/todo'
import { flag, headerValue, text } from '../page/form'
import { dueFields, duePatch, toDueFields } from './due-fields'
import { repeatFields, repeatPatch, toRepeatFields } from './repeat-fields'

/** What the form of a to-do sends. The fields `…Before` hold what the form showed at first. */
export const todoFields = {
  etag: headerValue,
  contents: text,
  description: text,
  priority: z.enum(PRIORITIES).catch('none'),
  isDone: flag,
  /** Separated by commas. */
  labels: text,
  labelsBefore: text,
  /** The id of a list; empty for none. */
  list: text,
  listBefore: text,
  ...dueFields,
  ...repeatFields,
}

export type TodoFields = z.output<z.ZodObject<typeof todoFields>>

/** What the form shows of a to-do to a person in this zone. */
export function toFields(todo: Todo, personZone: string): TodoFields {
  const labels = todo.labels.join(', ')
  const list = todo.listId ?? ''
  return {
    etag: todoTag(todo),
    contents: todo.contents,
    description: todo.description ?? '',
    priority: todo.priority,
    isDone: todo.isDone,
    labels,
    labelsBefore: labels,
    list,
    listBefore: list,
    ...toDueFields(todo.due, personZone),
    ...toRepeatFields(todo.recurrence),
  }
}

/** What the form of somebody who edited an older version has of the version that is there now. */
export const befores = ({
  etag,
  labelsBefore,
  listBefore,
  dueBefore,
  ruleBefore,
}: TodoFields): Partial<TodoFields> => ({
  etag,
  labelsBefore,
  listBefore,
  dueBefore,
  ruleBefore,
})

/**
 * The change that a form asks for. Labels with commas would be damaged by the form, which cannot show them. So the change leaves out what was
 * not edited.
 */
export const toPatch = ({ contents, description, priority, isDone, ...fields }: TodoFields): TodoPatch => ({
  contents,
  description: description === '' ? null : description,
  priority,
  isDone,
  ...(fields.labels !== fields.labelsBefore && { labels: splitLabels(fields.labels) }),
  ...(fields.list !== fields.listBefore && { listId: fields.list === '' ? null : fields.list }),
  ...duePatch(fields),
  ...repeatPatch(fields),
})

const splitLabels = (labels: string): string[] => labels.split(',').flatMap((label) => label.trim() || [])
