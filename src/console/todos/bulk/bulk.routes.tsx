import * as z from 'zod'
import { MAX_OPERATIONS } from '../../../limits'
import { createPages, type PageContext } from '../../page/console-env'
import { formFields, text, trimmedText } from '../../page/form'
import { localPath } from '../../page/local-path'
import type { NoticeName } from '../../page/notice'
import { readReader } from '../../page/person'
import { type Refusal, readRefusal } from '../../page/refusal'
import { dayAfter, todayOf } from '../due'
import { readTodos } from '../read-todo'
import { said } from '../said'
import { BULK_ACTIONS, type BulkAction, type BulkChange, operationsFor } from './operations-for'
import { refuseBulk } from './refuse-bulk'

const bulkFields = {
  bulk: z.enum(BULK_ACTIONS),
  /** A day, or empty for none. */
  day: text,
  /** The id of a list, or empty for none. */
  list: text,
  label: trimmedText,
  to: text,
}

/** Changes several to-dos in one batch: all of them, or none. */
export const bulkRoutes = createPages().post('/todos/bulk', formFields(bulkFields), async (c) => {
  const { bulk, to, ...wanted } = c.req.valid('form')
  const listPath = localPath(to, c.req.url)
  const ids = await pickedIds(c)
  const { none, tooMany } = c.var.t.bulk
  if (ids.length === 0) return refuseBulk(c, listPath, none)
  if (ids.length > MAX_OPERATIONS) return refuseBulk(c, listPath, tooMany(MAX_OPERATIONS))
  const refusal = await changeAll(c, ids, { action: bulk, ...wanted })
  if (refusal) return refuseBulk(c, listPath, textOf(c, refusal), refusal)
  const undo = UNDONE.includes(bulk) ? { undo: ids } : {}
  return said(c, listPath, NOTICES[bulk], { about: String(ids.length), ...undo })
})

/** What can be taken back with one button. */
const UNDONE: readonly BulkAction[] = ['complete', 'delete']

const NOTICES = {
  complete: 'bulk_completed',
  delete: 'bulk_deleted',
  reopen: 'bulk_changed',
  restore: 'bulk_changed',
  due: 'bulk_changed',
  today: 'bulk_changed',
  tomorrow: 'bulk_changed',
  no_due: 'bulk_changed',
  move: 'bulk_changed',
  label: 'bulk_changed',
} as const satisfies Record<BulkAction, NoticeName>

/** How often labels are added again that somebody else has changed meanwhile. */
const TRIES = 3

async function pickedIds(c: PageContext): Promise<string[]> {
  const form = await c.req.formData()
  return [...form.keys()].flatMap((name) => /^pick-([0-9a-f-]{36})$/.exec(name)?.[1] ?? []).slice(0, MAX_OPERATIONS + 1)
}

async function changeAll(c: PageContext, ids: string[], change: BulkChange, tries = TRIES): Promise<Refusal | null> {
  const { zone, now } = await readReader(c)
  const today = todayOf(zone, now)
  const days: Partial<Record<BulkAction, string>> = { today, tomorrow: dayAfter(today) }
  const due = days[change.action]
  // Labels are added to those that are there, and a due date keeps its time.
  const todos = await readTodos(c, ids)
  const operations = operationsFor(ids, todos, { ...change, ...(due !== undefined && { day: due }) })
  if (operations.length === 0) return null
  const answer = await c.var.api.todos.batch.$post({ json: { operations } }, {})
  if (answer.status === 200) return null
  const refusal = await readRefusal(answer)
  const isLate = refusal.errorCode === 'precondition_failed' && tries > 1
  return isLate ? changeAll(c, ids, change, tries - 1) : refusal
}

function textOf({ var: { t } }: PageContext, { errorCode, fieldErrors: [first] }: Refusal): string {
  if (errorCode === 'not_found') return t.bulk.gone
  return errorCode === 'invalid_fields' && first ? t.fieldError(first) : t.error(errorCode)
}
