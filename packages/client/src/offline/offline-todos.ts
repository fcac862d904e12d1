import {
  type Entry,
  type OfflineTodo,
  type Operation,
  operationOf,
  type State,
  shownState,
  toOfflineTodo,
} from './entry'
import { inParentsList, settleSubtask, subtasksAfter, wantedFrom } from './family'
import { type NewTodo, newFields, readFields, type TodoFields, type TodoPatch } from './fields'
import { withoutGone } from './gone'
import type { LocalCopy } from './local-copy'
import { NoSuchTodo } from './missing'
import { OfflineLists } from './offline-lists'
import { type Refusal, refusalOf } from './refusals'
import { type OfflineClient, Server } from './server'
import type { OfflineStore } from './store'
import { type App, Sync } from './sync'
import type { SyncResult } from './sync-result'
import { uuidv7 } from './uuid'

export interface OfflineOptions extends App {
  client: OfflineClient
  /** Whose to-dos these are. Each user has their own in a store, and they are only sent in a session of that user. */
  userId: string
  store: OfflineStore
  /** Called after something has changed, here, on the server or in another tab. Never before `createOfflineTodos` has resolved. */
  onChange?(): void
  /** How long to wait for an answer (ms). After that the sync stops as `offline`. */
  timeoutMs?: number
}

/** The to-dos of one user on this device, and their lists. */
export class OfflineTodos extends OfflineLists {
  private readonly server: Server
  private running: Promise<SyncResult> | undefined
  private next: Promise<SyncResult> | undefined

  constructor(
    copy: LocalCopy,
    private readonly options: OfflineOptions,
  ) {
    super(copy)
    const { client, userId, timeoutMs = 30_000 } = options
    this.server = new Server(client, userId, timeoutMs)
  }

  /** All to-dos, in the order in which they were made. */
  list(): OfflineTodo[] {
    const all = [...this.copy.entries.values()].flatMap((entry) => toOfflineTodo(entry) ?? [])
    return all.sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1))
  }

  get(id: string): OfflineTodo | undefined {
    const entry = this.copy.entries.get(id)
    return entry && toOfflineTodo(entry)
  }

  /** The operations that wait for the next sync or are under way. */
  get pending(): Operation[] {
    const waiting = [...this.copy.entries.values()].flatMap((entry) => operationOf(entry) ?? [])
    return [...(this.copy.batch?.operations ?? []), ...waiting]
  }

  /** What the server has refused, and the app has not retried, edited or discarded yet. */
  get refused(): Refusal[] {
    return [...this.copy.entries.values()].flatMap((entry) => {
      const { refusal } = entry
      return refusal ? refusalOf(entry, refusal.operation, refusal.problem) : []
    })
  }

  /** Makes a to-do. When the promise resolves, it is on disk. */
  async create(fields: NewTodo): Promise<OfflineTodo> {
    const id = uuidv7()
    const at = Date.now()
    await this.edits.write(() => {
      const given = inParentsList(this.copy.entries, newFields(fields))
      const wanted = wantedFrom(undefined, { fields: given, isDeleted: false }, at)
      return { entries: [{ id, before: undefined, after: { id, server: null, wanted } }] }
    })
    return this.require(id)
  }

  /** Changes the fields that the patch names. Subtasks are completed, reopened and moved to lists with it. @throws {NoSuchTodo} */
  async update(id: string, patch: TodoPatch): Promise<OfflineTodo> {
    await this.change(id, (fields) => {
      const changed = inParentsList(this.copy.entries, { ...fields, ...readFields(patch) })
      return { fields: changed, isDeleted: false }
    })
    return this.require(id)
  }

  /** Deletes it with its subtasks. @throws {NoSuchTodo} */
  async delete(id: string): Promise<void> {
    await this.change(id, (fields) => ({ fields, isDeleted: true }))
  }

  /**
   * Undoes a deletion, for 30 days, also of the subtasks that were deleted with it. A subtask without its parent is a to-do of its own.
   * @throws {NoSuchTodo}
   */
  async restore(id: string): Promise<OfflineTodo> {
    await this.change(id, (fields) => ({ fields: withoutGone(this.copy, fields), isDeleted: false }), 'deleted too')
    return this.require(id)
  }

  /** Lets the next sync send once more what was refused. */
  async retry(id: string): Promise<void> {
    await this.edits.write(() => {
      const before = this.copy.entries.get(id)
      const { refusal, ...after } = before ?? NOTHING
      return before && refusal ? { entries: [{ id, before, after }] } : {}
    })
  }

  /** Gives up what was refused: the to-do is as the server has it. Subtasks that wait for the same change come back with it. */
  async discard(id: string): Promise<void> {
    await this.edits.write(() => {
      const { entries } = this.copy
      const before = entries.get(id)
      const { refusal, wanted: _, ...after } = before ?? NOTHING
      if (!before || !refusal) return {}
      const subtasks = subtasksAfter(entries, before, after, Date.now())
      return { entries: [{ id, before, after: after.server ? after : null }, ...subtasks] }
    })
  }

  /**
   * Sends what waits and reads what has changed. It may be called at any time, also while another sync runs: then one more follows, for
   * all who have called meanwhile. It rejects only if the store or the app does.
   */
  sync(): Promise<SyncResult> {
    if (this.running) {
      this.next ??= this.running
        .catch(() => undefined)
        .then(() => {
          this.next = undefined
          return this.sync()
        })
      return this.next
    }
    this.running = this.syncAlone().finally(() => {
      this.running = undefined
    })
    return this.running
  }

  /** Forgets everything of this user on this device, also what waits. A sync that runs stops. */
  clear(): Promise<void> {
    return this.copy.forget()
  }

  /** Stops listening to other tabs. */
  close(): void {
    this.copy.close()
  }

  private async syncAlone(): Promise<SyncResult> {
    const { store, userId } = this.options
    const run = async () => {
      // Nobody has told of what others have written.
      if (!store.watch) await this.copy.reload()
      return new Sync(this.copy, this.server, this.options).run()
    }
    return store.lock ? store.lock(`latchkey/${userId}`, run) : run()
  }

  /** Changes what is wanted of a to-do that this device shows, and of its subtasks with it. */
  private change(
    id: string,
    to: (fields: TodoFields) => State,
    which: 'shown' | 'deleted too' = 'shown',
  ): Promise<void> {
    return this.edits.write(() => {
      const { entries } = this.copy
      const before = entries.get(id)
      const shown = before && shownState(before)
      if (!before || !shown || (shown.isDeleted && which === 'shown')) throw new NoSuchTodo(id)
      // What was refused is sent once more when it has been edited.
      const { refusal: _, ...others } = before
      const at = Date.now()
      const wish = { ...others, wanted: wantedFrom(before, to(shown.fields), at) }
      const after = settleSubtask(wish, (other) => entries.get(other))
      return { entries: [{ id, before, after }, ...subtasksAfter(entries, before, after, at)] }
    })
  }

  private require(id: string): OfflineTodo {
    const todo = this.get(id)
    if (!todo) throw new NoSuchTodo(id)
    return todo
  }
}

const NOTHING: Entry = { id: '', server: null }

/** To-dos that were made at the same time sort by id. */
const sortKey = ({ createdAt, id }: OfflineTodo): string => createdAt + id
