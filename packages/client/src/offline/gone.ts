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

/** The entry without the references that lead nowhere, if the wish still has them. */
export function detach(entry: Entry, gone: readonly Detached[]): Entry {
  const { wanted } = entry
  const fields = gone.filter(({ field, value }) => wanted?.fields[field] === value).map(({ field }) => [field, null])
  if (!wanted || fields.length === 0) return entry
  return settle({ ...entry, wanted: { ...wanted, fields: { ...wanted.fields, ...Object.fromEntries(fields) } } })
}

/** The references of what waits that lead nowhere, as far as this device has read. */
function findGone(entries: Entries, hasList: (id: string) => boolean): Detached[] {
  const isGone = ({ parentId, listId }: TodoFields, field: Detached['field']): boolean =>
    field === 'listId' ? listId !== null && !hasList(listId) : parentId !== null && !isShown(entries.get(parentId))
  return [...entries.values()].flatMap((entry) => {
    const { id, wanted } = entry
    if (!wanted || wanted.isDeleted || !operationOf(entry)) return []
    return (['parentId', 'listId'] as const).flatMap((field) => {
      const value = wanted.fields[field]
      return value !== null && isGone(wanted.fields, field) ? [{ id, field, value }] : []
    })
  })
}

const isShown = (entry: Entry | undefined): boolean => shownState(entry ?? NOTHING)?.isDeleted === false

const NOTHING: Entry = { id: '', server: null }

/**
 * Takes to-dos out of parents and lists that are not there any more.
 * @returns whether there were any
 */
export async function detachGone(copy: LocalCopy, app: { onDetached?(detached: Detached): void }): Promise<boolean> {
  const { entries, lists, wishes } = copy
  const gone = findGone(entries, (id) => hasList(lists, wishes, id))
  const changes = [...new Set(gone.map(({ id }) => id))].flatMap((id) => {
    const before = entries.get(id)
    return before
      ? [
          {
            id,
            before,
            after: detach(
              before,
              gone.filter((one) => one.id === id),
            ),
          },
        ]
      : []
  })
  if (changes.length === 0) return false
  if (await copy.commit(changes)) for (const one of gone) app.onDetached?.(one)
  return true
}
