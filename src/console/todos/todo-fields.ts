import * as z from 'zod'
import { PRIORITIES, type Todo, type TodoPatch } from '../../todos/schemas'
import { todoTag } from '../../todos/todo'
import { flag, headerValue, text } from '../page/form'
import { dueFields, duePatch, toDueFields } from './due-fields'
import { labelFields, labelsPatch, toLabelFields } from './panel/label-fields'
import { repeatFields, repeatPatch, toRepeatFields } from './repeat-fields'

/** What the form of a to-do sends. The fields `…Before` hold what the form showed at first. */
export const todoFields = {
  etag: headerValue,
  contents: text,
  description: text,
  priority: z.enum(PRIORITIES).catch('none'),
  isDone: flag,
  isDoneBefore: flag,
  /** The id of a list; empty for none. */
  list: text,
  listBefore: text,
  ...labelFields,
  ...dueFields,
  ...repeatFields,
}

export type TodoFields = z.output<z.ZodObject<typeof todoFields>>

/** What the form shows of a to-do to a person in this zone. */
export function toFields(todo: Todo, personZone: string): TodoFields {
  const list = todo.listId ?? ''
  return {
    etag: todoTag(todo),
    contents: todo.contents,
    description: todo.description ?? '',
    priority: todo.priority,
    isDone: todo.isDone,
    isDoneBefore: todo.isDone,
    list,
    listBefore: list,
    ...toLabelFields(todo.labels),
    ...toDueFields(todo.due, personZone),
    ...toRepeatFields(todo.recurrence),
  }
}

/** What the form of somebody who edited an older version has of the version that is there now. */
export const befores = ({
  etag,
  isDoneBefore,
  labelsBefore,
  listBefore,
  dueBefore,
  ruleBefore,
}: TodoFields): Partial<TodoFields> => ({
  etag,
  isDoneBefore,
  labelsBefore,
  listBefore,
  dueBefore,
  ruleBefore,
})

/** What a form has that showed nothing at first. */
export const NOTHING_BEFORE: Partial<TodoFields> = {
  isDoneBefore: false,
  labelsBefore: '[]',
  listBefore: '',
  dueBefore: '',
  ruleBefore: '',
}

/** The change that a form asks for. It leaves out what was not edited of all that the form cannot show exactly. */
export const toPatch = ({ contents, description, priority, isDone, isDoneBefore, ...fields }: TodoFields) => ({
  contents,
  description: description === '' ? null : description,
  priority,
  ...(isDone !== isDoneBefore && { isDone }),
  ...(fields.list !== fields.listBefore && { listId: fields.list === '' ? null : fields.list }),
  ...labelsPatch(fields),
  ...duePatch(fields),
  ...repeatPatch(fields),
})

/** Whether the to-do is already as a form asks. Then its own change was the one that came first. */
export function isSaved(fields: TodoFields, todo: Todo, personZone: string): boolean {
  const patch: TodoPatch = toPatch({ ...fields, ...befores(toFields(todo, personZone)) })
  const { contents, description, priority, ...others } = patch
  const isSame = contents === todo.contents && description === todo.description && priority === todo.priority
  return isSame && Object.keys(others).length === 0
}
