import { LocalCopy } from './local-copy'
import { type OfflineOptions, OfflineTodos } from './offline-todos'

/** Reads what the store holds of this user. Nothing is sent or received before `sync`. */
export async function createOfflineTodos(options: OfflineOptions): Promise<OfflineTodos> {
  const { store, userId, onChange } = options
  if (userId === '') throw new TypeError('userId is empty')
  let isTold = true
  const copy = new LocalCopy(store, userId, () => {
    if (!isTold) return
    isTold = false
    queueMicrotask(() => {
      isTold = true
      onChange?.()
    })
  })
  await copy.reload()
  return new OfflineTodos(copy, options)
}
