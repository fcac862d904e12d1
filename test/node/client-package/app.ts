// What an app does with the package: it compiles under every kind of module resolution, and runs on every Node.

import { createClient, keepInMemory } from '@latchkey/client'
import { type LatchkeyBinding, openLatchkey, type SignedIn } from '@latchkey/client/worker'

/** Signs up, makes a to-do, and lists what there is to do. */
export async function tryIt(origin: string, username: string): Promise<string[]> {
  const { auth, todos } = createClient(origin, { tokens: keepInMemory() })
  const signedUp = await auth['sign-up'].$post({
    json: { username, password: 'correct horse battery staple', tokens: 'body' },
  })
  if (!signedUp.ok) throw new Error((await signedUp.json()).code)
  const made = await todos.$post({ json: { contents: 'Buy milk' } })
  if (made.status !== 201) throw new Error((await made.json()).code)
  const list = await todos.$get({ query: { isDone: 'false' } })
  if (!list.ok) throw new Error(list.statusText)
  return (await list.json()).todos.map(({ contents }) => contents)
}

/** What another Worker does. */
export const whoIs = (binding: LatchkeyBinding, request: Request): Promise<SignedIn | null> =>
  openLatchkey(binding).getSession(request)
