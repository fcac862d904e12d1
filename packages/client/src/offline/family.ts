import { completionOf, deletionOf, type Entry, type State, serverState, settle, shownState, type Wanted } from './entry'
import type { TodoFields } from './fields'
import type { EntryChange } from './local-copy'

/*
 * What a to-do does to its subtasks, on the device as on the server: they are completed, reopened, deleted, restored and moved to another
 * list with it. What was already done or deleted before stays so when the parent comes back.
 *
 * The server does this when it gets the change of the parent, so no operations are sent for it. A subtask that should be another way
 * afterwards is sent when its parent has been answered.
 */

export type Entries = ReadonlyMap<string, Entry>

/** The to-do as the server has it. */
const withoutWish = ({ wanted: _, ...others }: Entry): Entry => others

/** Which to-do it is a subtask of, as this device shows it. */
export const parentOf = (entry: Entry): string | null => shownState(entry)?.fields.parentId ?? null

/** A subtask is in the list of its parent, whatever it names itself. */
export function inParentsList(entries: Entries, fields: TodoFields): TodoFields {
  const parent = fields.parentId === null ? undefined : entries.get(fields.parentId)
  const shown = parent && shownState(parent)
  return shown ? { ...fields, listId: shown.fields.listId } : fields
}

/** How a subtask is after its parent has come from one state to another. `parent` and `subtask` are as they were before. */
function follow(subtask: Entry, parent: Entry, after: State): State | undefined {
  const [own, before] = [shownState(subtask), shownState(parent)]
  if (!own || !before) return undefined
  if (after.isDeleted) return own.isDeleted || before.isDeleted ? own : { ...own, isDeleted: true }
  const isBack = before.isDeleted && own.isDeleted && deletionOf(subtask) === deletionOf(parent)
  if (own.isDeleted && !isBack) return own
  const [wasDone, isDone] = [before.fields.isDone, after.fields.isDone]
  const isReopened = wasDone && !isDone && completionOf(subtask) === completionOf(parent)
  const fields = {
    ...own.fields,
    listId: after.fields.listId,
    isDone: own.fields.isDone ? !isReopened : isDone && !wasDone,
  }
  return { fields, isDeleted: false }
}

/** Whether what waits for this to-do will change its subtasks on the server. */
export function changesSubtasks(entry: Entry | undefined): boolean {
  const [server, wanted] = [entry && serverState(entry), entry?.wanted]
  if (!server || !wanted) return false
  if (server.isDeleted || wanted.isDeleted) return server.isDeleted !== wanted.isDeleted
  return server.fields.isDone !== wanted.fields.isDone || server.fields.listId !== wanted.fields.listId
}

/**
 * Drops what is wanted of a subtask if the server has it so already. But if a change of the parent is still to be sent, that would change the
 * subtask too. Then what is wanted is kept.
 */
export function settleSubtask(entry: Entry, find: (id: string) => Entry | undefined): Entry {
  const parents = [entry.server?.parentId, entry.wanted?.fields.parentId]
  return parents.some((id) => changesSubtasks(find(id ?? ''))) ? entry : settle(entry)
}

/** How a to-do is wanted from now on. */
export function wantedFrom(before: Entry | undefined, to: State, at: number): Wanted {
  const doneAt = before && shownState(before)?.fields.isDone ? before.wanted?.doneAt : at
  return { ...to, at, ...(to.fields.isDone && doneAt !== undefined && { doneAt }) }
}

/** The entries of its subtasks after a to-do was changed on this device. They are done, or deleted, at the same time. */
export function subtasksAfter(entries: Entries, before: Entry, after: Entry, at: number): EntryChange[] {
  const to = shownState(after)
  if (!to) return []
  const find = (id: string) => (id === after.id ? after : entries.get(id))
  return [...entries.values()].flatMap((entry) => {
    if (entry.id === before.id || parentOf(entry) !== before.id) return []
    const own = shownState(entry)
    const state = follow(entry, before, to)
    const isSame = !state || JSON.stringify(state) === JSON.stringify(own)
    const { refusal: _, ...others } = entry
    const changed = isSame ? entry : { ...others, wanted: wantedFrom(entry, state, at) }
    const settled = settleSubtask(changed, find)
    return settled === entry ? [] : [{ id: entry.id, before: entry, after: settled }]
  })
}

/** How the server will have its subtasks when it has changed this to-do. */
export function subtasksOnServer(subtasks: readonly Entry[], parent: Entry, after: State): EntryChange[] {
  return subtasks.flatMap((entry) => {
    if (entry.id === parent.id || entry.server?.parentId !== parent.id) return []
    const sent = follow(withoutWish(entry), withoutWish(parent), after)
    return sent ? [{ id: entry.id, before: entry, after: { ...entry, sent } }] : []
  })
}

/** True when a merge has undone what was done here to a to-do, because of what was done elsewhere. Its subtasks were changed with it here. */
function isTakenBack(before: Entry, after: Entry): boolean {
  const [server, wanted, shown] = [serverState(before), before.wanted, shownState(after)]
  if (!server || !wanted || !shown) return false
  if (wanted.isDeleted) return !server.isDeleted && !shown.isDeleted
  const isDone = (state: State) => state.fields.isDone
  return isDone(wanted) !== isDone(server) && isDone(wanted) !== isDone(shown)
}

/** The subtasks of a to-do after it was merged. They come back with it. */
export const subtasksAfterMerge = (entries: () => Entries, before: Entry, after: Entry, at: number): EntryChange[] =>
  isTakenBack(before, after) ? subtasksAfter(entries(), before, after, at) : []
