import { type Entry, type Operation, operationOf, type State, stateAfter, type Wanted } from './entry'
import { changesSubtasks, type Entries, subtasksOnServer } from './family'
import type { Batch, EntryChange } from './local-copy'
import { uuidv7 } from './uuid'

export const MOST_OPERATIONS = 100

/** Below the 1 MiB that a batch may have, with some room for what is around the operations. */
const MOST_BYTES = 1_000_000

/** Deletions make room, and new to-dos need most of it. */
const ORDER = ['delete', 'update', 'restore', 'create'] satisfies Operation['op'][]

const isSubtask = (operation: Operation): boolean => operation.op === 'create' && operation.todo.parentId !== null

/** A parent is made before its subtasks. */
const compare = (one: Operation, other: Operation): number =>
  ORDER.indexOf(one.op) - ORDER.indexOf(other.op) ||
  Number(isSubtask(one)) - Number(isSubtask(other)) ||
  (one.id < other.id ? -1 : 1)

export const sizeOf = (operation: Operation): number => new TextEncoder().encode(JSON.stringify(operation)).length + 1

interface Waiting {
  entry: Entry
  operation: Operation
  wanted: Wanted
}

/**
 * A batch of what waits, of at most so many operations, and the entries with what is sent of them.
 * @param mayName whether the server has this list, or may be asked for it
 */
export function makeBatch(
  entries: Entries,
  most: number,
  mayName: (listId: string) => boolean,
): { batch: Batch; changes: EntryChange[] } {
  const waiting = withoutFamilies(readyOnes(entries, mayName))
  waiting.sort((one, other) => compare(one.operation, other.operation))
  let bytes = 0
  const firstLeftOut = waiting.findIndex(({ operation }, index) => {
    bytes += sizeOf(operation)
    return index >= most || (bytes > MOST_BYTES && index > 0)
  })
  const chosen = firstLeftOut < 0 ? waiting : waiting.slice(0, firstLeftOut)
  const subtasks = [...entries.values()].filter(({ server }) => typeof server?.parentId === 'string')
  const sent = chosen.map((one) => ({ ...one, after: stateAfter(one.entry, one.operation, one.wanted) }))
  return {
    batch: { key: uuidv7(), operations: chosen.map(({ operation }) => operation) },
    changes: sent.flatMap(({ entry, after }) => [
      { id: entry.id, before: entry, after: { ...entry, sent: after } },
      ...(changesSubtasks(entry) ? subtasksOnServer(subtasks, entry, after) : []),
    ]),
  }
}

/** What waits for nothing else: its parent is there or is made in the same batch, and its list is not refused. */
function readyOnes(entries: Entries, mayName: (listId: string) => boolean): Waiting[] {
  const waiting = [...entries.values()].flatMap((entry) => {
    const operation = operationOf(entry)
    if (!operation || !entry.wanted) return []
    const { listId } = fieldsIn(operation)
    return typeof listId === 'string' && !mayName(listId) ? [] : [{ entry, operation, wanted: entry.wanted }]
  })
  const isNew = new Set(waiting.flatMap(({ operation }) => (isSubtask(operation) ? [] : newId(operation))))
  return waiting.filter(({ operation }) => {
    const { parentId } = fieldsIn(operation)
    if (typeof parentId !== 'string') return true
    const parent = entries.get(parentId)
    const isThere = parent?.server && parent.deletedAt === undefined
    return isThere || (operation.op === 'create' && isNew.has(parentId))
  })
}

const fieldsIn = (operation: Operation): Partial<State['fields']> =>
  operation.op === 'create' ? operation.todo : operation.op === 'update' ? operation.patch : {}

const newId = ({ op, id }: Operation): string[] => (op === 'create' ? [id] : [])

/**
 * Leaves out subtasks whose parent changes them in this batch: what they still need after that goes into the next one. A parent waits while
 * one of its subtasks goes to another parent, or becomes a to-do of its own.
 */
function withoutFamilies(ready: readonly Waiting[]): Waiting[] {
  const left = new Set(
    ready.flatMap(({ entry, operation, wanted }) => {
      const parentId = entry.server?.parentId
      return operation.op === 'update' && parentId && wanted.fields.parentId !== parentId ? [parentId] : []
    }),
  )
  const parents = new Set(ready.flatMap(({ entry }) => (changesSubtasks(entry) ? [entry.id] : [])))
  const chosen = ready.filter(({ entry: { id }, wanted }) => {
    const isPostponed = parents.has(id) && left.has(id)
    return !isPostponed && !parents.has(wanted.fields.parentId ?? '')
  })
  // Two to-dos that are each other's parents would wait for ever. The server refuses them.
  return chosen.length > 0 ? chosen : [...ready]
}

/** The subtasks that were to be changed with their parents by this batch, as they are if nothing was done. */
export function subtasksBack(entries: Entries, { operations }: Batch): EntryChange[] {
  const own = new Set(operations.map(({ id }) => id))
  return [...entries.values()].flatMap((before) => {
    const { sent, ...after } = before
    return sent && !own.has(before.id) ? [{ id: before.id, before, after }] : []
  })
}

/** Whether the batch changes to-dos that it does not name: subtasks, or the next ones of those that come again. */
export const changesOthers = (entries: Entries, batch: Batch): boolean =>
  subtasksBack(entries, batch).length > 0 ||
  batch.operations.some(({ id, ...operation }) => {
    if (operation.op !== 'update' || operation.patch.isDone === undefined) return false
    const { server, wanted } = entries.get(id) ?? {}
    return (server?.recurrence ?? wanted?.fields.recurrence ?? null) !== null
  })
