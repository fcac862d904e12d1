import { type Entry, operationOf, settle, shownState } from './entry'
import type { Entries } from './family'
import type { TodoFields } from './fields'
import { hasList } from './lists'
import type { LocalCopy } from './local-copy'

/** A to-do that was put under a parent, or into a list, that is not there any more. It is one of its own then, or in no list. */
export interface Detached {
  id: string
  field: 'parentId' | 'listId'
  /** The id of what is gone. */
  value: string
}

/** The entry without the references that lead nowhere, if it still has them. */
export function detach(entry: Entry, gone: readonly Detached[]): Entry {
  const shown = shownState(entry)
  const wanted = entry.wanted ?? (shown && { ...shown, at: Date.now() })
  const fields = gone.filter(({ field, value }) => wanted?.fields[field] === value).map(({ field }) => [field, null])
  if (!wanted || fields.length === 0) return entry
  return settle({ ...entry, wanted: { ...wanted, fields: { ...wanted.fields, ...Object.fromEntries(fields) } } })
}

/** The fields of a to-do that is restored, without a parent or a list that is not there. */
export function withoutGone({ entries, lists, wishes }: LocalCopy, fields: TodoFields): TodoFields {
  const { parentId, listId } = fields
  const parent = parentId === null ? undefined : entries.get(parentId)
  const isParentThere = parent && shownState(parent)?.isDeleted === false
  return {
    ...fields,
    parentId: isParentThere ? parentId : null,
    listId: listId !== null && hasList(lists, wishes, listId) ? listId : null,
  }
}

/**
 * The references that lead nowhere, as far as this device has read: of what waits, and of subtasks that are still there while the deletion of
 * their parent waits. These were changed elsewhere, or put there, and would be deleted with it.
 */
function findGone(entries: Entries, hasList: (id: string) => boolean): Detached[] {
  return [...entries.values()].flatMap((entry) => {
    const shown = shownState(entry)
    if (!shown || shown.isDeleted || entry.sent || entry.refusal) return []
    const { parentId, listId } = shown.fields
    const parent = parentId === null ? undefined : entries.get(parentId)
    const waits = operationOf(entry) !== undefined
    const isParentGone = (waits || parent?.wanted?.isDeleted) && (parent && shownState(parent))?.isDeleted !== false
    return [
      ...(parentId !== null && isParentGone ? [{ id: entry.id, field: 'parentId' as const, value: parentId }] : []),
      ...(listId !== null && waits && !hasList(listId)
        ? [{ id: entry.id, field: 'listId' as const, value: listId }]
        : []),
    ]
  })
}

/**
 * Takes to-dos out of parents and lists that are not there any more.
 * @returns whether there were any
 */
export async function detachGone(copy: LocalCopy, app: { onDetached?(detached: Detached): void }): Promise<boolean> {
  const { entries, lists, wishes } = copy
  const gone = findGone(entries, (id) => hasList(lists, wishes, id))
  if (gone.length === 0) return false
  const changes = [...entries.values()].flatMap((before) => {
    const { id } = before
    const own = gone.filter((one) => one.id === id)
    return own.length > 0 ? [{ id, before, after: detach(before, own) }] : []
  })
  if (await copy.commit(changes)) for (const one of gone) app.onDetached?.(one)
  return true
}
