import { draftOf, type Entry, type State, serverState, settle, type Wanted } from './entry'
import { differingFields, type Field, isSame, type Todo, type TodoFields } from './fields'
import type { Detached } from './gone'

/*
 * What happens to a to-do when the server says how it is there. It is a three-way merge, as in Git: the base is what the device knew to
 * be on the server, one side is what somebody wants here, and the other side is what the server says now.
 */

/** What the server says of a to-do. */
export type Remote = { todo: Todo } | { id: string; deletedAt: string }

export type FieldValue = TodoFields[Field]

/** A field that was changed here and elsewhere. `base` is undefined if nobody knows what it was before. */
export interface FieldConflict {
  id: string
  field: Field
  base: FieldValue | undefined
  local: FieldValue
  remote: FieldValue
}

/** A to-do that was deleted on one side and changed on the other. `todo` is how it would be if it is kept. */
export interface DeletionConflict {
  id: string
  deleted: 'here' | 'elsewhere'
  todo: TodoFields
}

/** What the app says of conflicts. */
export interface Resolvers {
  /** Hears of a to-do whose parent or list was deleted elsewhere. It is kept: as one of its own, or in no list. */
  onDetached?(detached: Detached): void
  /** Gives the value that the field shall have. By default it is `local`: who syncs last wins. */
  resolve?(conflict: FieldConflict): FieldValue | Promise<FieldValue>
  /** By default the to-do is kept, so that nothing that was typed is lost. */
  resolveDeletion?(conflict: DeletionConflict): 'keep' | 'delete' | Promise<'keep' | 'delete'>
}

/** The entry after the server has said how the to-do is there. */
export async function takeRemote(entry: Entry, remote: Remote, resolvers: Resolvers): Promise<Entry> {
  const { sent, wanted, tried, server, deletedAt: _, ...others } = entry
  const base = sent ?? serverState(entry) ?? (tried && { fields: tried, isDeleted: false })
  const next: Entry = { ...others, ...asServerSays(entry, remote, base ?? wanted) }
  const there = serverState(next)
  if (!wanted || !there) return next
  const merged = await merge({ id: entry.id, base, local: wanted, remote: there }, resolvers)
  return settle({ ...next, wanted: { ...wanted, ...merged } })
}

/** The members of the entry that the server decides. */
function asServerSays(
  { id, server }: Entry,
  remote: Remote,
  known: State | undefined,
): Pick<Entry, 'server' | 'deletedAt'> {
  if ('todo' in remote) return { server: remote.todo }
  // A deletion does not say how the to-do was, so it was as this device knew it. It may have been made by a request without an answer.
  const { fields } = known ?? {}
  return { server: fields ? { ...(server ?? draftOf(id, fields)), ...fields } : null, deletedAt: remote.deletedAt }
}

interface Sides {
  id: string
  base: State | undefined
  local: Wanted
  remote: State
}

async function merge(sides: Sides, resolvers: Resolvers): Promise<State> {
  const fields = await mergeFields(sides, resolvers)
  return { fields, isDeleted: await mergeDeletion(sides, fields, resolvers) }
}

/** What one side alone has changed is taken from it. */
async function mergeFields({ id, base, local, remote }: Sides, { resolve }: Resolvers): Promise<TodoFields> {
  let merged = remote.fields
  for (const field of differingFields(local.fields, remote.fields)) {
    const sides = { base: base?.fields[field], local: local.fields[field], remote: remote.fields[field] }
    if (isSame(sides.local, sides.base)) continue
    const isOurs = isSame(sides.remote, sides.base) || !resolve
    const value = isOurs ? sides.local : await resolve({ id, field, ...sides })
    merged = { ...merged, [field]: value }
  }
  return withoutLostRule(merged, local.fields)
}

/** What has no due date any more, or has become a subtask, does not come again. If somebody wants both here, the server says no. */
function withoutLostRule(merged: TodoFields, local: TodoFields): TodoFields {
  const mayRecur = ({ due, parentId }: TodoFields) => due !== null && parentId === null
  const isAsTyped = local.recurrence !== null && !mayRecur(local)
  return merged.recurrence === null || mayRecur(merged) || isAsTyped ? merged : { ...merged, recurrence: null }
}

async function mergeDeletion(
  { id, base, local, remote }: Sides,
  todo: TodoFields,
  { resolveDeletion }: Resolvers,
): Promise<boolean> {
  const wasDeleted = base?.isDeleted ?? false
  if (local.isDeleted === remote.isDeleted) return local.isDeleted
  if (local.isDeleted === wasDeleted) {
    // Nothing was deleted or restored here. A deletion elsewhere stands, unless it would take what was changed here.
    const isChangedHere = !base || differingFields(local.fields, base.fields).length > 0
    if (!remote.isDeleted || !isChangedHere) return remote.isDeleted
    return (await resolveDeletion?.({ id, deleted: 'elsewhere', todo })) === 'delete'
  }
  // The same the other way round.
  const isChangedElsewhere = !base || differingFields(remote.fields, base.fields).length > 0
  if (!local.isDeleted || !isChangedElsewhere) return local.isDeleted
  return (await resolveDeletion?.({ id, deleted: 'here', todo })) === 'delete'
}
