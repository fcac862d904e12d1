import {
  type Entry,
  type OfflineTodo,
  type Operation,
  operationOf,
  type State,
  settle,
  shownState,
  toOfflineTodo,
} from './entry'
import { newFields, readFields, type TodoFields } from './fields'
import type { LocalCopy } from './local-copy'
import { type Refusal, refusalOf } from './refusals'
import { type OfflineClient, Server } from './server'
import type { OfflineStore } from './store'
import { type App, Sync, type SyncResult } from './sync'
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

/** There is no such to-do on this device, or it is deleted. */
export class NoSuchTodo extends Error {
  readonly code = 'not_found'
}

/** The to-dos of one user on this device. */
export class OfflineTodos {
  private readonly server: Server
  private lastEdit: Promise<unknown> = Promise.resolve()
  private running: Promise<SyncResult> | undefined
  private next: Promise<SyncResult> | undefined

  constructor(
    private readonly copy: LocalCopy,
    private readonly options: OfflineOptions,
  ) {
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
  async create(fields: Pick<TodoFields, 'contents'> & Partial<TodoFields>): Promise<OfflineTodo> {
    const id = uuidv7()
    const wanted = { fields: newFields(fields), isDeleted: false, at: Date.now() }
    await this.edit(id, () => ({ id, server: null, wanted }))
    return this.require(id)
  }

  /** Changes the fields that the patch names. @throws {NoSuchTodo} */
  async update(id: string, patch: Partial<TodoFields>): Promise<OfflineTodo> {
    await this.change(id, (fields) => ({ fields: { ...fields, ...readFields(patch) }, isDeleted: false }))
    return this.require(id)
  }

  /** @throws {NoSuchTodo} */
  async delete(id: string): Promise<void> {
    await this.change(id, (fields) => ({ fields, isDeleted: true }))
  }

  /** Undoes a deletion, for 30 days. @throws {NoSuchTodo} */
  async restore(id: string): Promise<OfflineTodo> {
    await this.change(id, (fields) => ({ fields, isDeleted: false }), 'deleted too')
    return this.require(id)
  }

  /** Lets the next sync send once more what was refused. */
  async retry(id: string): Promise<void> {
    await this.edit(id, (entry) => {
      if (!entry?.refusal) return entry ?? null
      const { refusal: _, ...others } = entry
      return others
    })
  }

  /** Gives up what was refused: the to-do is as the server has it. */
  async discard(id: string): Promise<void> {
    await this.edit(id, (entry) => {
      if (!entry?.refusal) return entry ?? null
      const { refusal: _, wanted: __, ...others } = entry
      return others.server ? others : null
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

  /** Changes what is wanted of a to-do that this device shows. */
  private change(
    id: string,
    to: (fields: TodoFields) => State,
    which: 'shown' | 'deleted too' = 'shown',
  ): Promise<void> {
    return this.edit(id, (entry) => {
      const shown = entry && shownState(entry)
      if (!entry || !shown || (shown.isDeleted && which === 'shown')) throw new NoSuchTodo(id)
      // What was refused is sent once more when it has been edited.
      const { refusal: _, ...others } = entry
      return settle({ ...others, wanted: { ...to(shown.fields), at: Date.now() } })
    })
  }

  /** One edit after another, so that they merge in order. It is done again if another tab was faster. */
  private edit(id: string, make: (entry: Entry | undefined) => Entry | null): Promise<void> {
    const run = async () => {
      for (let isDone = false; !isDone; ) {
        const before = this.copy.entries.get(id)
        const after = make(before)
        isDone = after === (before ?? null) || (await this.copy.commit([{ id, before, after }]))
      }
    }
    const done = this.lastEdit.then(run)
    this.lastEdit = done.catch(() => undefined)
    return done
  }

  private require(id: string): OfflineTodo {
    const todo = this.get(id)
    if (!todo) throw new NoSuchTodo(id)
    return todo
  }
}

/** To-dos that were made at the same time sort by id. */
const sortKey = ({ createdAt, id }: OfflineTodo): string => createdAt + id
