// What an app does with the package: it compiles under every kind of module resolution, and runs on every Node.

import { createClient, keepInMemory } from '@latchkey/client'
import { createOfflineTodos, memoryStore, type OfflineStore } from '@latchkey/client/offline'
import { type LatchkeyBinding, openLatchkey, type SignedIn } from '@latchkey/client/worker'

/** Signs up, makes a to-do, and lists what there is to do. Then it does the same as a device that is offline at times. */
export async function tryIt(origin: string, username: string, store: OfflineStore = memoryStore()): Promise<string[]> {
  const client = createClient(origin, { tokens: keepInMemory() })
  const { auth, todos } = client
  const signedUp = await auth['sign-up'].$post({
    json: { username, password: 'correct horse battery staple', tokens: 'body' },
  })
  if (!signedUp.ok) throw new Error((await signedUp.json()).code)
  const made = await todos.$post({ json: { contents: 'Buy milk' } })
  if (made.status !== 201) throw new Error((await made.json()).code)
  const list = await todos.$get({ query: { isDone: 'false' } })
  if (!list.ok) throw new Error(list.statusText)
  const device = await createOfflineTodos({ client, userId: (await signedUp.json()).user.id, store })
  await device.create({ contents: 'Buy bread' })
  const { state } = await device.sync()
  if (state !== 'synced') throw new Error(state)
  return [...(await list.json()).todos, ...device.list()].map(({ contents }) => contents)
}

/** What another Worker does. */
export const whoIs = (binding: LatchkeyBinding, request: Request): Promise<SignedIn | null> =>
  openLatchkey(binding).getSession(request)
