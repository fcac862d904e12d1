import type { Entry, Operation } from './entry'
import type { ListWish, TodoList } from './lists'
import type { OfflineStore, StoreChange } from './store'

/** How far the device has read the changes. */
export interface Position {
  /** The `nextToken` of the last page. Null: from the beginning. */
  since: string | null
  /** Which reading from the beginning this is. */
  round: number
  /** Whether it still reads from the beginning. What it does not see until the end of that is not there any more. */
  isFull: boolean
}

/** The batch that is under way. Each try sends the same key and the same operations. */
export interface Batch {
  key: string
  operations: Operation[]
}

/** An entry as it was read, and as it shall be. Null: it is forgotten. */
export interface EntryChange {
  id: string
  before: Entry | undefined
  after: Entry | null
}

/** What is to be written together, with what was read before. */
export interface SyncChange {
  before: { position: Position; batch: Batch | undefined }
  position?: Position
  batch?: Batch | null
}

/** What is to be written of the lists: what the server says of all of them, and what waits for one. */
export interface ListsChange {
  all?: TodoList[] | undefined
  wish?: { id: string; before: ListWish | undefined; after: ListWish | null }
}

const START: Position = { since: null, round: 1, isFull: true }

const POSITION = 'sync'
const BATCH = 'batch'
const TODO = 'todo/'
const LISTS = 'lists'
const LIST = 'list/'

/** What the store holds of one user, in memory. Every change goes to the store first. */
export class LocalCopy {
  readonly entries = new Map<string, Entry>()
  /** What waits for lists. */
  readonly wishes = new Map<string, ListWish>()
  /** All lists as the server last said. Undefined: it has not said anything yet. */
  lists: TodoList[] | undefined
  position: Position | undefined
  batch: Batch | undefined
  /** How often everything of the user was forgotten. */
  timesForgotten = 0
  private readonly texts = new Map<string, string>()
  private readonly prefix: string
  private readonly unwatch: (() => void) | undefined

  /** @param onChange is called after something has changed, here or elsewhere */
  constructor(
    private readonly store: OfflineStore,
    userId: string,
    private readonly onChange: () => void,
  ) {
    this.prefix = `${userId}/`
    this.unwatch = store.watch?.((keys) => {
      void this.reread(keys.filter((key) => key.startsWith(this.prefix)))
    })
  }

  /** Reads everything again. */
  async reload(): Promise<void> {
    const found = await this.store.read(this.prefix)
    const keys = new Set([...this.texts.keys(), ...found.keys()])
    this.takeAll([...keys].map((key) => [key, found.get(key) ?? null]))
  }

  /**
   * Writes all of it, if everything is still as it was read, here and in the store. Otherwise it writes nothing, reads what has changed,
   * and answers false. A change by a sync also requires that no other sync has gone on meanwhile.
   */
  async commit(entries: readonly EntryChange[], sync?: SyncChange, lists: ListsChange = {}): Promise<boolean> {
    const { all, wish } = lists
    if (entries.some(({ id, before }) => this.entries.get(id) !== before)) return false
    if (sync && (sync.before.position !== this.position || sync.before.batch !== this.batch)) return false
    if (wish && this.wishes.get(wish.id) !== wish.before) return false
    return this.write([
      ...(all ? [this.change(LISTS, all)] : []),
      ...(wish ? [this.change(LIST + wish.id, wish.after)] : []),
      ...(sync ? [this.change(POSITION, sync.position), this.change(BATCH, sync.batch)] : []),
      ...entries.map(({ id, after }) => this.change(TODO + id, after)),
    ])
  }

  /** Where reading has come to. The first time, it writes that it begins. */
  async begin(): Promise<void> {
    while (!this.position) await this.write([this.change(POSITION, START)])
  }

  /** Forgets everything of the user on this device. */
  async forget(): Promise<void> {
    do await this.reload()
    while (!(await this.write([...this.texts].map(([key, from]) => ({ key, from, to: null })))))
  }

  close(): void {
    this.unwatch?.()
  }

  private change(name: string, value: object | null | undefined): StoreChange {
    const key = this.prefix + name
    const from = this.texts.get(key) ?? null
    return { key, from, to: value === undefined ? from : value && JSON.stringify(value) }
  }

  private async write(changes: readonly StoreChange[]): Promise<boolean> {
    const isDone = await this.store.write(changes)
    if (isDone) this.takeAll(changes.map(({ key, to }) => [key, to]))
    else await this.reread(changes.map(({ key }) => key))
    return isDone
  }

  private async reread(keys: readonly string[]): Promise<void> {
    const read = async (key: string): Promise<Found> => [key, (await this.store.read(key)).get(key) ?? null]
    this.takeAll(await Promise.all(keys.map(read)))
  }

  private takeAll(found: readonly Found[]): void {
    const changed = found.map(([key, text]) => this.take(key, text))
    if (changed.includes(true)) this.onChange()
  }

  /** Takes over the text under a key. @returns whether it is another one than before */
  private take(key: string, text: string | null): boolean {
    if ((this.texts.get(key) ?? null) === text) return false
    if (text === null) this.texts.delete(key)
    else this.texts.set(key, text)
    const name = key.slice(this.prefix.length)
    const value = text === null ? undefined : JSON.parse(text)
    if (name === BATCH) this.batch = value
    else if (name === LISTS) this.lists = value
    else if (name === POSITION) {
      this.position = value
      if (text === null) this.timesForgotten++
    } else if (name.startsWith(LIST)) put(this.wishes, name.slice(LIST.length), value)
    else put(this.entries, name.slice(TODO.length), value)
    return true
  }
}

function put<Value>(map: Map<string, Value>, id: string, value: Value | undefined): void {
  if (value === undefined) map.delete(id)
  else map.set(id, value)
}

/** A key and its text. Null: there is none. */
type Found = [key: string, text: string | null]
