import { LocalCopy } from './local-copy'
import { type OfflineOptions, OfflineTodos } from './offline-todos'

/** Reads what the store holds of this user. Nothing is sent or received before `sync`. */
export async function createOfflineTodos(options: OfflineOptions): Promise<OfflineTodos> {
  const { store, userId, onChange } = options
  if (userId === '') throw new TypeError('userId is empty')
  // While it opens, nobody is told: the app has nothing yet that it could ask.
  let isQuiet = true
  const copy = new LocalCopy(store, userId, () => {
    if (isQuiet) return
    isQuiet = true
    queueMicrotask(() => {
      isQuiet = false
      onChange?.()
    })
  })
  await copy.reload()
  isQuiet = false
  return new OfflineTodos(copy, options)
}
