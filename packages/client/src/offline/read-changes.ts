import type { Entry } from './entry'
import { type Entries, settleSubtask, subtasksAfterMerge } from './family'
import type { EntryChange, Position } from './local-copy'
import { type Remote, type Resolvers, takeRemote } from './merge'

/** How long the server remembers a deleted to-do, and so how long it can be restored here (ms). */
const DELETED_LIFE_MS = 30 * 24 * 60 * 60 * 1000

type EntryChanges = Map<string, EntryChange>

const idOf = (remote: Remote): string => ('todo' in remote ? remote.todo.id : remote.id)

/** A read may come from a replica that is a little behind what a batch has answered. When reading from the beginning, nothing is known. */
const isOld = ({ server, deletedAt }: Entry, remote: Remote, { isFull }: Position): boolean =>
  !isFull && 'todo' in remote && server !== null && deletedAt === undefined && remote.todo.version < server.version

/** What a page of changes does to the entries. */
export async function takePage(
  entries: Entries,
  page: readonly Remote[],
  position: Position,
  resolvers: Resolvers,
): Promise<EntryChanges> {
  const changes: EntryChanges = new Map()
  for (const remote of page) {
    const id = idOf(remote)
    const before = entries.get(id)
    const current = changes.get(id)?.after ?? before
    // What this device has never seen and is deleted is nothing to it.
    if (!current && !('todo' in remote)) continue
    if (current && isOld(current, remote, position)) continue
    const next = await takeRemote(current ?? { id, server: null }, remote, resolvers)
    changes.set(id, { id, before, after: position.isFull ? { ...next, readIn: position.round } : next })
    const subtasks = current ? subtasksAfterMerge(() => withChanges(entries, changes), current, next, Date.now()) : []
    for (const { id: subtaskId, after } of subtasks) {
      changes.set(subtaskId, { id: subtaskId, before: entries.get(subtaskId), after })
    }
  }
  return changes
}

const withChanges = (entries: Entries, changes: EntryChanges): Entries =>
  new Map([...entries, ...[...changes].flatMap(([id, { after }]) => (after ? [[id, after] as const] : []))])

/** Adds to `changes` what follows from having read everything. */
export async function endReading(
  entries: Entries,
  changes: EntryChanges,
  position: Position,
  resolvers: Resolvers,
): Promise<void> {
  const now = new Date()
  const remembered = new Date(now.getTime() - DELETED_LIFE_MS).toISOString()
  for (const [id, entry] of entries) {
    // With what was read first, or an edit that was made since would be written over.
    const { before, after: read } = changes.get(id) ?? { before: entry, after: entry }
    let after: Entry | null = read ?? entry
    const isGone = position.isFull && after.readIn !== position.round && after.server !== null
    if (isGone && after.deletedAt === undefined) {
      after = await takeRemote(after, { id, deletedAt: now.toISOString() }, resolvers)
    }
    // Of what was sent nothing is under way any more, so it is as the server has said.
    const { sent: _, ...others } = after
    if (after.sent) after = others
    if (after.wanted) after = settleSubtask(after, (other) => changes.get(other)?.after ?? entries.get(other))
    if (isOver(after, isGone ? now.toISOString() : remembered)) after = null
    if (after !== read) changes.set(id, { id, before, after })
  }
}

/** Whether nobody needs the entry any more: it was deleted until then, here or elsewhere, and can no longer be restored. */
function isOver({ server, deletedAt, wanted }: Entry, deletedUntil: string): boolean {
  if (wanted) return !server && wanted.isDeleted && new Date(wanted.at).toISOString() <= deletedUntil
  return !server || (deletedAt !== undefined && deletedAt <= deletedUntil)
}
