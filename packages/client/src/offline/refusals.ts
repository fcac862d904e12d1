import { sizeOf } from './batches'
import { type Entry, type OfflineTodo, type Operation, operationOf, type Problem, settle, toOfflineTodo } from './entry'
import { fieldsOf } from './fields'
import { type Detached, detach } from './gone'
import type { Batch, EntryChange } from './local-copy'
import { type Resolvers, takeRemote } from './merge'

/** An operation that the server has refused for good. It waits until the app retries, edits or discards it. */
export interface Refusal {
  id: string
  /** How this device shows the to-do. */
  todo: OfflineTodo
  operation: Operation
  /** Its `errors` are those of this operation. Their paths name the field: `/contents`. */
  problem: Problem
}

/** A batch of which nothing was done. */
export interface RefusalAnswer {
  status: number
  problem: Problem
}

interface Refused {
  batch: Batch
  answer: RefusalAnswer
  /** Reading anew has not helped, so a conflict is final. */
  isHopeless: boolean
  resolvers: Resolvers
}

export interface Verdict {
  /** Nobody knows which operation was meant: try fewer. */
  mustSplit: boolean
  /** The parents and lists that were deleted just before the batch came. */
  gone: Detached[]
  /** The entry of the operation at `index` afterwards. */
  take(entry: Entry, index: number): Promise<{ entry: Entry; refusal?: Refusal }>
}

const POINTER = /^\/operations\/(\d+)(?:\/(?:todo|patch)(?=\/))?/

/** What follows from a refusal. The other operations of the batch wait for the next one. */
export function takeRefusal({ batch, answer, isHopeless, resolvers }: Refused): Verdict {
  const { status, problem } = answer
  const errors = problem.errors ?? []
  const named = new Set(errors.flatMap(({ path }) => POINTER.exec(path)?.[1] ?? []).map(Number))
  const isConflict = status === 412 || status === 404
  const isOfKey = errors.some(({ path }) => path === '/Idempotency-Key')
  const isAlone = batch.operations.length === 1
  const isRefused = (index: number) => named.has(index) || (named.size === 0 && isAlone && !isOfKey)

  const gone = goneOf(batch, errors)

  return {
    mustSplit: named.size === 0 && !isAlone && !isOfKey,
    gone,
    async take(entry, index) {
      const operation = batch.operations[index]
      const { sent: _, ...others } = entry
      const isNew = operation?.op === 'create'
      const back: Entry = isNew ? { ...others, tried: entry.tried ?? operation.todo } : others
      if (!operation || !isRefused(index)) return { entry: settle(back) }
      if (isConflict && !isHopeless) {
        if (status === 404 && !isNew) return { entry: await takeAbsence(back, operation, resolvers) }
        // Reading shows what is there now, and then this device sends what is left to do.
        if (status === 412) return { entry: settle(back) }
      }
      const ours = errors.filter(({ path }) => POINTER.exec(path)?.[1] === String(index))
      const ownGone = gone.filter(({ id }) => id === operation.id)
      // Only for that, so it can be sent without.
      if (ownGone.length > 0 && ownGone.length === ours.length) return { entry: settle(detach(back, ownGone)) }
      const own = named.size === 0 ? problem : { ...problem, errors: ours.map(toOwnPath) }
      // What is refused for good was not made.
      const refused = settle({ ...others, refusal: { operation, problem: own } })
      return { entry: refused, ...(refused.refusal && { refusal: refusalOf(refused, operation, own) }) }
    },
  }
}

const GONE: Readonly<Record<string, Detached['field']>> = { no_such_parent: 'parentId', no_such_list: 'listId' }

function goneOf({ operations }: Batch, errors: NonNullable<Problem['errors']>): Detached[] {
  return errors.flatMap(({ path, code }) => {
    const [operation, field] = [operations[Number(POINTER.exec(path)?.[1])], GONE[code]]
    if (!field || !operation) return []
    const named = operation.op === 'create' ? operation.todo : operation.op === 'update' ? operation.patch : {}
    const value = named[field]
    return typeof value === 'string' ? [{ id: operation.id, field, value }] : []
  })
}

const toOwnPath = (error: { path: string; code: string; message: string }) => ({
  ...error,
  path: error.path.replace(POINTER, ''),
})

/** The to-do is not there any more. What cannot even be restored was forgotten by the server, and is made again. */
async function takeAbsence(entry: Entry, operation: Operation, resolvers: Resolvers): Promise<Entry> {
  if (operation.op !== 'restore') {
    return takeRemote(entry, { id: entry.id, deletedAt: new Date().toISOString() }, resolvers)
  }
  const { deletedAt: _, server, ...others } = entry
  return { ...others, server: null, ...(server && { tried: fieldsOf(server) }) }
}

/** What the app is told of an entry that the server has refused. */
export function refusalOf(entry: Entry, operation: Operation, problem: Problem): Refusal {
  return { id: entry.id, todo: deletedOrNot(entry), operation, problem }
}

/** The to-do as it is shown, or was shown before somebody deleted it here. */
function deletedOrNot(entry: Entry): OfflineTodo {
  const { wanted, ...others } = entry
  const shown = wanted ? { ...others, wanted: { ...wanted, isDeleted: false } } : others
  const todo = toOfflineTodo(shown)
  if (!todo) throw new Error(`There is nothing of ${entry.id}`)
  return todo
}

type RefusedChange = EntryChange & { before: Entry; after: Entry & { refusal: NonNullable<Entry['refusal']> } }

/** There was no room for a new to-do, so there is none for others that are as large. Asking for each would take long. */
export const asLarge = (entries: ReadonlyMap<string, Entry>, { operation, problem }: Refusal): RefusedChange[] =>
  [...entries.values()].flatMap((before) => {
    const other = operationOf(before)
    if (operation.op !== 'create' || other?.op !== 'create' || sizeOf(other) < sizeOf(operation)) return []
    return { id: before.id, before, after: { ...before, refusal: { operation: other, problem } } }
  })
