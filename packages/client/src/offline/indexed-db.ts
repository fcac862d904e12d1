import { areAsExpected, type OfflineStore, type StoreChange } from './store'

/** A store in IndexedDB, for pages and workers of a browser. Tabs with a store of the same name share it, and tell each other. */
export function indexedDbStore(name = 'latchkey'): OfflineStore {
  let opened: Promise<Database> | undefined
  const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(`latchkey/${name}`)

  const open = (): Promise<Database> => {
    opened ??= openDatabase(name, () => {
      opened = undefined
    })
    opened.catch(() => {
      opened = undefined
    })
    return opened
  }

  return {
    async read(prefix) {
      const store = (await open()).transaction(TABLE, 'readonly').objectStore(TABLE)
      const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`)
      const [keys, texts] = await Promise.all([resultOf(store.getAllKeys(range)), resultOf(store.getAll(range))])
      return new Map(keys.map((key, index) => [key, texts[index] ?? '']))
    },
    async write(changes) {
      const isDone = await write(await open(), changes)
      if (isDone && changes.length > 0) channel?.postMessage(changes.map(({ key }) => key))
      return isDone
    },
    lock: (lockName, run) => {
      const { locks } = navigator
      return locks ? locks.request(`${name}/${lockName}`, run) : run()
    },
    ...(channel && {
      watch(listener) {
        const listen = ({ data }: { data: string[] }) => listener(data)
        channel.addEventListener('message', listen)
        return () => channel.removeEventListener('message', listen)
      },
    }),
  }
}

const TABLE = 'texts'

function openDatabase(name: string, onClose: () => void): Promise<Database> {
  const request = indexedDB.open(name, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(TABLE)
  return resultOf(request).then((database) => {
    database.onclose = onClose
    // Somebody deletes the database, or a newer version of this program opens it.
    database.onversionchange = () => {
      database.close()
      onClose()
    }
    return database
  })
}

/** Compares and writes in one transaction. `strict`: it has ended when the changes are on disk, and not only on their way. */
function write(database: Database, changes: readonly StoreChange[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(TABLE, 'readwrite', { durability: 'strict' })
    const store = transaction.objectStore(TABLE)
    let isDone = false
    transaction.oncomplete = () => resolve(isDone)
    transaction.onabort = () => reject(transaction.error)
    const found = new Map<string, string>()
    let left = changes.length
    const compare = (key: string, text: string | undefined) => {
      if (text !== undefined) found.set(key, text)
      left--
      if (left > 0) return
      isDone = areAsExpected(found, changes)
      if (!isDone) return
      for (const { key, from, to } of changes) {
        if (to === null) store.delete(key)
        else if (to !== from) store.put(to, key)
      }
    }
    if (left === 0) isDone = true
    for (const { key } of changes) {
      const request = store.get(key)
      request.onsuccess = () => compare(key, request.result)
    }
  })
}

const resultOf = <Result>(request: Request<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

/*
 * What is used of the browser here. The types of this package are compiled without those of the DOM, which other platforms do not have.
 */

interface Request<Result> {
  readonly result: Result
  readonly error: unknown
  onsuccess: (() => void) | null
  onerror: (() => void) | null
}

interface Table {
  get(key: string): Request<string | undefined>
  getAll(range: object): Request<string[]>
  getAllKeys(range: object): Request<string[]>
  put(text: string, key: string): void
  delete(key: string): void
}

interface Transaction {
  readonly error: unknown
  oncomplete: (() => void) | null
  onabort: (() => void) | null
  objectStore(name: string): Table
}

interface Database {
  onclose: (() => void) | null
  onversionchange: (() => void) | null
  createObjectStore(name: string): void
  transaction(name: string, mode: 'readonly' | 'readwrite', options?: { durability: 'strict' }): Transaction
  close(): void
}

interface Channel {
  postMessage(data: string[]): void
  addEventListener(type: 'message', listener: (event: { data: string[] }) => void): void
  removeEventListener(type: 'message', listener: (event: { data: string[] }) => void): void
}

declare const indexedDB: {
  open(name: string, version: number): Request<Database> & { onupgradeneeded: (() => void) | null }
}
declare const IDBKeyRange: { bound(from: string, to: string): object }
declare const BroadcastChannel: (new (name: string) => Channel) | undefined
declare const navigator: { locks?: { request<Result>(name: string, run: () => Promise<Result>): Promise<Result> } }
