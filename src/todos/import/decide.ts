import { MAX_LISTS } from '../../limits'
import type { Operation, StoredPatch } from '../operations'
import { bytesOf } from '../usage'
import { readImportHash, writeImportHash } from './identify'
import type { Item } from './items'
import type { Known, State } from './known'
import type { ImportCode } from './note-messages'
import type { OwnList } from './own-lists'
import { createdAtOf, noteOf, type ReportNote, toPatch } from './to-patch'

/** What becomes of a to-do of a file. */
export interface Decision {
  outcome: 'made' | 'changed' | 'unchanged' | 'refused'
  /** Whether the to-do is there afterwards. */
  isThere: boolean
  notes: ReportNote[]
  /** What is to be done. Null if nothing is. */
  operation: Operation | null
  /** A list that has to be made for it. */
  newList: OwnList | null
}

const refused = (code: ImportCode): Decision => nothing('refused', code)

const nothing = (outcome: 'unchanged' | 'refused', code: ImportCode | null): Decision => ({
  outcome,
  isThere: outcome === 'unchanged' && code !== 'deleted_here',
  notes: code === null ? [] : [noteOf(code)],
  operation: null,
  newList: null,
})

/**
 * Decides what becomes of a to-do of a file. What the file says counts if it is new, or if the file has changed since the last import and the
 * person has not. What is made or changed counts as there in `known` from then on.
 * @param parent what became of the to-do that it is under
 */
export function decide(item: Item, parent: Decision | null, known: Known, now: number): Decision {
  const state = known.states.get(item.id) ?? null
  if (state) {
    if (!state.isMine) return refused('id_taken')
    if (state.isDeleted) return nothing('unchanged', 'deleted_here')
    if (item.id === item.exportedId) return nothing('unchanged', 'exported_from_here')
    const last = readImportHash(state.importHash)
    if (last?.hash === item.hash) return nothing('unchanged', null)
    if (last?.version !== state.version) return nothing('unchanged', 'kept_yours')
  }
  if (parent && !parent.isThere) {
    const isFull = parent.notes.some(({ code }) => code === 'quota_exceeded')
    return refused(isFull ? 'quota_exceeded' : 'parent_not_there')
  }
  return toWrite(item, state, known, now)
}

function toWrite(item: Item, state: State | null, known: Known, now: number): Decision {
  const { todo, parent, detachedBecause, fromEnd } = item
  const list = chooseList(item, known)
  const home = { parentId: parent?.id ?? null, listId: list?.id ?? null }
  const { patch, notes } = toPatch(todo, { home, zone: known.zone, now })
  if (detachedBecause !== null) notes.push(noteOf(detachedBecause))
  if (todo.list !== null && list === null) notes.push(noteOf('list_left_out', todo.list))
  if (!takeRoom(patch, state, known)) return refused('quota_exceeded')
  if (list?.isNew) {
    known.listIds.add(list.id)
    known.lists.set(list.name, list.id)
  }
  return {
    outcome: state ? 'changed' : 'made',
    isThere: true,
    notes,
    operation: state
      ? {
          op: 'update',
          id: item.id,
          patch: { ...patch, importHash: writeImportHash(item.hash, state.version + 1) },
          ifMatch: [`"${state.version}"`],
        }
      : {
          op: 'create',
          id: item.id,
          patch: {
            ...patch,
            position: null,
            createdAt: createdAtOf(todo, fromEnd, now),
            importHash: writeImportHash(item.hash, 1),
          },
        },
    newList: list?.isNew ? { id: list.id, name: list.name } : null,
  }
}

/**
 * The list that the person has under the name in the file, or one that an earlier import made of that name and the person has renamed.
 * Else a new one. Null if the file names none, or there is no room for one more.
 */
function chooseList(item: Item, known: Known): (OwnList & { isNew: boolean }) | null {
  const { list: name } = item.todo
  const { newListId } = item
  if (name === null || newListId === null) return null
  const id = known.lists.get(name) ?? newListId
  const isNew = !known.listIds.has(id)
  return isNew && known.listIds.size >= MAX_LISTS ? null : { id, name, isNew }
}

/** Takes what a to-do needs of the room that the person has. False if there is not enough. */
function takeRoom(patch: StoredPatch, state: State | null, { usage, quota }: Known): boolean {
  const bytes = Object.values(bytesOf(patch)).reduce((sum, one) => sum + one, 0) - (state?.bytes ?? 0)
  const rows = state ? 0 : 1
  if (rows > 0 && usage.rows + rows > quota.rows) return false
  if (bytes > 0 && usage.bytes + bytes > quota.bytes) return false
  usage.rows += rows
  usage.bytes += bytes
  return true
}
