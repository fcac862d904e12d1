import { createClient } from '@latchkey/client'
import { createOfflineTodos, indexedDbStore } from '@latchkey/client/offline'
import { type Kept, lock, noteKept, readKept } from './owners'

/** Opens the copy that this user keeps on this device. */
export const openCopy = (userId: string, onChange: () => void = () => undefined): Promise<OfflineTodos> =>
  createOfflineTodos({ client: createClient(location.origin), userId, store: indexedDbStore(), onChange })

/** Changes that wait for the server, and those that it has refused. */
export const waitsIn = (todos: OfflineTodos): number => todos.pending.length + todos.refused.length

/** Sends what waits and reads what is new. A session that is over locks the copy. */
export async function syncCopy(userId: string, todos: OfflineTodos): Promise<OfflineSyncResult> {
  const kept = readKept(localStorage, userId)
  // Another tab has removed the copy: do not fill it again.
  if (!kept) return { state: 'cleared', sent: 0, refused: 0 }
  noteKept(localStorage, userId, { isStale: false })
  const result = await todos.sync()
  if (result.state === 'synced') {
    const profile = kept.isStale || kept.name === '' ? await readProfile(userId).catch(() => ({})) : {}
    noteKept(localStorage, userId, { ...profile, syncedAt: Date.now() })
  }
  noteKept(localStorage, userId, { waits: waitsIn(todos) })
  if (result.state === 'signed_out' || result.state === 'wrong_user') lock(localStorage, userId)
  return result
}

/** The same, and gives up waiting after some seconds. The sync itself goes on. */
export const syncWithin = (ms: number, userId: string, todos: OfflineTodos): Promise<OfflineSyncResult> =>
  Promise.race([
    syncCopy(userId, todos),
    new Promise<OfflineSyncResult>((resolve) => {
      setTimeout(() => resolve({ state: 'offline', sent: 0, refused: 0 }), ms)
    }),
  ])

/** Name and time zone, which may have changed on a page. */
async function readProfile(userId: string): Promise<Partial<Kept>> {
  const answer = await createClient(location.origin).auth.session.$get()
  const { user } = await answer.json()
  if (user?.id !== userId) return {}
  const name = user.nickname ?? user.name ?? user.username ?? user.email ?? user.phone ?? ''
  return { name, zone: user.timeZone ?? 'UTC' }
}
