import * as z from 'zod'
import type { Todo } from '../../../todos/schemas'
import type { PageContext } from '../../page/console-env'
import { flag, headerValue, text } from '../../page/form'
import { readReader } from '../../page/person'
import { type Refusal, readFormRefusal, readRefusal } from '../../page/refusal'
import { readTodo } from '../read-todo'
import { isSaved, NOTHING_BEFORE, type TodoFields, toPatch } from '../todo-fields'
import { subtaskFields } from './change-subtasks'
import { QUICK_DUES } from './quick-due'

/** What the form of a to-do asks for beside a change of its fields. */
export const actionFields = {
  dueQuick: z.enum(QUICK_DUES).optional().catch(undefined),
  /** The contents of a new subtask; empty for none. */
  subtask: text,
  /** Makes sure that a form that is sent twice adds one subtask. */
  key: headerValue,
  /** Whether a to-do that was deleted is made anew. */
  again: flag,
  /** Whether the page is shown again, and not the list. */
  stay: flag,
  ...subtaskFields,
}

/** What became of a to-do. */
export type Outcome = { todo: Todo; refusal: null } | { todo: null; refusal: Refusal }

/** Changes a to-do. If it was deleted meanwhile (404), that is a reason like others: the form still shows what was typed. */
export async function changeTodo(c: PageContext, id: string, fields: TodoFields): Promise<Outcome> {
  const headers = { 'If-Match': fields.etag }
  const answer = await c.var.api.todos[':id'].$patch({ param: { id }, json: toPatch(fields) }, { headers })
  if (answer.status === 200) return { todo: await answer.json(), refusal: null }
  if (answer.status === 404) return { todo: null, refusal: await readRefusal(answer) }
  const refusal = await readFormRefusal(answer)
  if (refusal.errorCode !== 'precondition_failed') return { todo: null, refusal }
  // The answer to the same change may have been lost on its way to the browser.
  const [now, { zone }] = await Promise.all([readTodo(c, id), readReader(c)])
  return now && isSaved(fields, now, zone) ? { todo: now, refusal: null } : { todo: null, refusal }
}

/** Makes a new to-do of a form whose to-do was deleted. */
export async function makeTodo(c: PageContext, fields: TodoFields, key: string): Promise<Outcome> {
  const json = toPatch({ ...fields, ...NOTHING_BEFORE })
  const answer = await c.var.api.todos.$post({ json }, { headers: { 'Idempotency-Key': `again-${key}` } })
  if (answer.status === 201) return { todo: await answer.json(), refusal: null }
  return { todo: null, refusal: await readFormRefusal(answer) }
}

/** Adds a subtask, if one was typed. Answers why it was refused, if it was. */
export async function addSubtask(
  c: PageContext,
  parentId: string,
  { subtask, key }: { subtask: string; key: string },
): Promise<Refusal | null> {
  if (subtask.trim() === '') return null
  const headers = { 'Idempotency-Key': key }
  const answer = await c.var.api.todos.$post({ json: { contents: subtask, parentId } }, { headers })
  return answer.status === 201 ? null : readFormRefusal(answer)
}
