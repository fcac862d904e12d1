import * as z from 'zod'
import type { Todo } from '../../../todos/schemas'
import { todoTag } from '../../../todos/todo'
import type { PageContext } from '../../page/console-env'
import type { PageNotice, SaidNotice } from '../../page/notice'
import { type Refusal, readFormRefusal, readRefusal } from '../../page/refusal'
import type { Texts } from '../../texts/texts'
import { FORM_ID } from '../todo-form'

/*
 * The buttons of subtasks belong to the form of their to-do, so that pressing one saves what was typed there. The value of a button says
 * what it does and to which subtask; that of a deletion has the version too.
 */

const NAME = 'subtasks[]'

const VALUE = /^(?<act>complete|reopen|delete|restore) (?<id>[0-9a-f-]{36})(?: (?<tag>[\x21-\x7e]{1,40}))?$/

/** While one request is on its way, somebody presses a few buttons. */
const MAX_PRESSED = 10

export const subtaskFields = { [NAME]: z.array(z.string().regex(VALUE)).max(MAX_PRESSED).default([]) } as const

const button = (value: string) => ({ form: FORM_ID, name: NAME, value }) as const

/** The attributes of the buttons in the row of a subtask. */
export const subtaskButtons = (todo: Todo) => ({
  toggle: button(`${todo.isDone ? 'reopen' : 'complete'} ${todo.id}`),
  remove: button(`delete ${todo.id} ${todoTag(todo)}`),
})

/** Takes back what the notice says of a subtask. */
export function UndoSubtask({ t, notice }: { t: Texts; notice: PageNotice | null }) {
  const [id] = notice?.undo ?? []
  if (!notice || id === undefined) return null
  return (
    <button type="submit" class="second" {...button(`${notice.name === 'deleted' ? 'restore' : 'reopen'} ${id}`)}>
      {t.todos.undo}
    </button>
  )
}

interface Change {
  /** What was done last. */
  notice: SaidNotice | null
  /** Why one was not changed. Those after it are not changed either. */
  refusal: Refusal | null
}

/** Does what the buttons say, one after the other. */
export async function changeSubtasks(c: PageContext, pressed: readonly string[]): Promise<Change> {
  let notice: Change['notice'] = null
  for (const value of pressed) {
    const { act = '', id = '', tag = '' } = VALUE.exec(value)?.groups ?? {}
    const answer = await ACTS[act as Act](c, { id }, tag)
    // The answer to the same deletion may have been lost on its way to the browser.
    const isGone = act === 'delete' && answer.status === 404
    if (!answer.ok && !isGone)
      return { notice, refusal: await (answer.status === 404 ? readRefusal : readFormRefusal)(answer) }
    notice = noticeOf(act as Act, id)
  }
  return { notice, refusal: null }
}

type Act = 'complete' | 'reopen' | 'delete' | 'restore'

const ACTS = {
  complete: (c: PageContext, param: { id: string }) => c.var.api.todos[':id'].$patch({ param, json: { isDone: true } }),
  reopen: (c: PageContext, param: { id: string }) => c.var.api.todos[':id'].$patch({ param, json: { isDone: false } }),
  delete: (c: PageContext, param: { id: string }, tag: string) =>
    c.var.api.todos[':id'].$delete({ param }, { headers: { 'If-Match': tag } }),
  restore: (c: PageContext, param: { id: string }) => c.var.api.todos[':id'].restore.$post({ param }),
}

function noticeOf(act: Act, id: string): SaidNotice | null {
  if (act === 'reopen') return null
  return act === 'restore' ? { name: 'restored' } : { name: act === 'delete' ? 'deleted' : 'completed', undo: [id] }
}
