/** One change of a store: the text under `key` is `from` now, and becomes `to`. Null: there is none. */
export interface StoreChange {
  key: string
  from: string | null
  to: string | null
}

/**
 * Where a device keeps its to-dos: texts under keys. A store must promise this:
 *
 * - `write` does all of its changes or none, whenever the program or the computer stops.
 * - `write` does them only if each `from` is still what is there. Otherwise it answers false. Nothing else may write between its look and
 *   its change, other tabs and processes included. A change whose `from` and `to` are the same is only looked at.
 * - When `write` has answered true, the changes are on disk, and each later `read` shows them.
 */
export interface OfflineStore {
  /** All texts whose keys begin with `prefix`, by their keys. */
  read(prefix: string): Promise<Map<string, string>>
  write(changes: readonly StoreChange[]): Promise<boolean>
  /** Runs `run` while no other tab or process runs one of that name. Without it, several may run: they do the same work twice, safely. */
  lock?<Result>(name: string, run: () => Promise<Result>): Promise<Result>
  /** Calls `listener` with the keys that others have written: other tabs, for example. Answers with a function that ends that. */
  watch?(listener: (keys: readonly string[]) => void): () => void
}

/** Whether the texts under these keys are those that the changes expect. */
export const areAsExpected = (texts: ReadonlyMap<string, string>, changes: readonly StoreChange[]): boolean =>
  changes.every(({ key, from }) => (texts.get(key) ?? null) === from)

/** Does the changes to texts in memory. */
export function applyChanges(texts: Map<string, string>, changes: readonly StoreChange[]): void {
  for (const { key, to } of changes) {
    if (to === null) texts.delete(key)
    else texts.set(key, to)
  }
}

export const textsUnder = (texts: ReadonlyMap<string, string>, prefix: string): Map<string, string> =>
  new Map([...texts].filter(([key]) => key.startsWith(prefix)))

/** A store that forgets everything when the program ends. */
export function memoryStore(texts = new Map<string, string>()): OfflineStore {
  return {
    read: async (prefix) => textsUnder(texts, prefix),
    write: async (changes) => {
      if (!areAsExpected(texts, changes)) return false
      applyChanges(texts, changes)
      return true
    },
  }
}
