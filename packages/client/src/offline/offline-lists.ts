import { Edits } from './edits'
import { type Entry, shownState } from './entry'
import { settleSubtask, wantedFrom } from './family'
import { type ListFields, type OfflineList, shownLists, wishAfter, wishToDelete } from './lists'
import type { EntryChange, LocalCopy } from './local-copy'
import { NoSuchList } from './missing'
import { uuidv7 } from './uuid'

/** Names as the server writes them. */
const readList = (fields: Partial<ListFields>): Partial<ListFields> => ({
  ...(fields.name !== undefined && { name: fields.name.normalize('NFC') }),
  ...(fields.position !== undefined && { position: fields.position }),
})

/** The lists of one user on this device. */
export class OfflineLists {
  protected readonly edits: Edits

  constructor(protected readonly copy: LocalCopy) {
    this.edits = new Edits(copy)
  }

  /** All lists in their order. */
  lists(): OfflineList[] {
    return shownLists(this.copy.lists ?? [], this.copy.wishes)
  }

  /** Makes a list. When the promise resolves, it is on disk. */
  async createList(fields: Pick<ListFields, 'name'> & Partial<ListFields>): Promise<OfflineList> {
    const id = uuidv7()
    const after = { id, fields: { position: null, ...readList(fields) }, isNew: true }
    await this.edits.write(() => ({ list: { id, before: undefined, after } }))
    return this.requireList(id)
  }

  /** Renames or moves a list. @throws {NoSuchList} */
  async updateList(id: string, fields: Partial<ListFields>): Promise<OfflineList> {
    await this.edits.write(() => {
      this.requireList(id)
      const before = this.copy.wishes.get(id)
      return { list: { id, before, after: wishAfter(before, id, readList(fields)) } }
    })
    return this.requireList(id)
  }

  /**
   * Deletes a list. By default its to-dos are in no list then, and with `delete` they are deleted, too. They are changed here at once, and the
   * server does the same when it hears of the list.
   * @throws {NoSuchList}
   */
  deleteList(id: string, todos: 'move' | 'delete' = 'move'): Promise<void> {
    return this.edits.write(() => {
      this.requireList(id)
      const before = this.copy.wishes.get(id)
      const at = Date.now()
      const entries = [...this.copy.entries.values()].flatMap((entry) => takeOut(this.copy, entry, { id, todos, at }))
      return { entries, list: { id, before, after: wishToDelete(before, id, todos) } }
    })
  }

  private requireList(id: string): OfflineList {
    const found = this.lists().find((list) => list.id === id)
    if (!found) throw new NoSuchList(id)
    return found
  }
}

function takeOut(copy: LocalCopy, before: Entry, deletion: { id: string; todos: 'move' | 'delete'; at: number }) {
  const shown = shownState(before)
  if (!shown || shown.isDeleted || shown.fields.listId !== deletion.id) return []
  const isDeleted = deletion.todos === 'delete'
  const fields = isDeleted ? shown.fields : { ...shown.fields, listId: null }
  const wanted = wantedFrom(before, { fields, isDeleted }, deletion.at)
  const after = settleSubtask({ ...before, wanted }, (id) => copy.entries.get(id))
  return [{ id: before.id, before, after } satisfies EntryChange]
}
