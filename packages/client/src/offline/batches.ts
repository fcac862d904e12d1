import { type Entry, type Operation, operationOf, stateAfter } from './entry'
import type { Batch, EntryChange } from './local-copy'
import { uuidv7 } from './uuid'

export const MOST_OPERATIONS = 100

/** Below the 1 MiB that a batch may have, with some room for what is around the operations. */
const MOST_BYTES = 1_000_000

/** Deletions make room, and new to-dos need most of it. */
const ORDER = ['delete', 'update', 'restore', 'create'] satisfies Operation['op'][]

const compare = (one: Operation, other: Operation): number =>
  ORDER.indexOf(one.op) - ORDER.indexOf(other.op) || (one.id < other.id ? -1 : 1)

export const sizeOf = (operation: Operation): number => new TextEncoder().encode(JSON.stringify(operation)).length + 1

/** A batch of what waits, of at most so many operations, and the entries with what is sent of them. */
export function makeBatch(entries: ReadonlyMap<string, Entry>, most: number): { batch: Batch; changes: EntryChange[] } {
  const waiting = [...entries.values()].flatMap((entry) => {
    const operation = operationOf(entry)
    return operation && entry.wanted ? [{ entry, operation, wanted: entry.wanted }] : []
  })
  waiting.sort((one, other) => compare(one.operation, other.operation))
  let bytes = 0
  const firstLeftOut = waiting.findIndex(({ operation }, index) => {
    bytes += sizeOf(operation)
    return index >= most || (bytes > MOST_BYTES && index > 0)
  })
  const chosen = firstLeftOut < 0 ? waiting : waiting.slice(0, firstLeftOut)
  return {
    batch: { key: uuidv7(), operations: chosen.map(({ operation }) => operation) },
    changes: chosen.map(({ entry, operation, wanted }) => {
      return { id: entry.id, before: entry, after: { ...entry, sent: stateAfter(entry, operation, wanted) } }
    }),
  }
}
