import type { Todo, TodoPatch } from '../../../todos/schemas'
import { todoTag } from '../../../todos/todo'

export const BULK_ACTIONS = [
  'complete',
  'reopen',
  'delete',
  'restore',
  'due',
  'today',
  'tomorrow',
  'no_due',
  'move',
  'label',
] as const

export type BulkAction = (typeof BULK_ACTIONS)[number]

/** What is to become of all that are selected. */
export interface BulkChange {
  action: BulkAction
  day: string
  list: string
  label: string
}

type BulkOperation =
  | { op: 'update'; id: string; patch: TodoPatch; ifMatch?: string }
  | { op: 'delete' | 'restore'; id: string }

/** The operations of the batch. Subtasks go to a list with their parent, so they are left out if their parent goes there too. */
export function operationsFor(ids: string[], todos: ReadonlyMap<string, Todo>, change: BulkChange): BulkOperation[] {
  const { action } = change
  if (action === 'delete' || action === 'restore') {
    // A parent takes its subtasks along.
    return ids.filter((id) => !hasPickedParent(id, ids, todos)).map((id) => ({ op: action, id }))
  }
  return ids
    .filter((id) => action !== 'move' || !hasPickedParent(id, ids, todos))
    .map((id) => ({ op: 'update', id, patch: patchFor(todos.get(id), change), ...conditionFor(todos.get(id), change) }))
}

function hasPickedParent(id: string, ids: string[], todos: ReadonlyMap<string, Todo>): boolean {
  const parentId = todos.get(id)?.parentId ?? null
  return parentId !== null && ids.includes(parentId)
}

/** Labels are written as a whole, so those that somebody else has added meanwhile would get lost. */
const conditionFor = (todo: Todo | undefined, { action }: BulkChange): { ifMatch?: string } =>
  action === 'label' && todo ? { ifMatch: todoTag(todo) } : {}

/** The patch of one of them. One that is gone gets it too: then the API refuses the batch, and says which one is gone. */
function patchFor(todo: Todo | undefined, { action, day, list, label }: BulkChange): TodoPatch {
  switch (action) {
    case 'complete':
      return { isDone: true }
    case 'move':
      return { listId: list === '' ? null : list }
    case 'label':
      return { labels: [...new Set([...(todo?.labels ?? []), label])] }
    case 'due':
    case 'today':
    case 'tomorrow':
      return { due: day === '' ? null : onDay(todo?.due ?? null, day) }
    case 'no_due':
      return { due: null }
    default:
      return { isDone: false }
  }
}

/** The due date on another day, at the same time. */
const onDay = (due: string | null, day: string): string => day + (due?.slice('YYYY-MM-DD'.length) ?? '')
