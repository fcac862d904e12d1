import { expect, it, vi } from 'vitest'
import guide from '../../docs/client.md?raw'
import { createClient, keepInMemory } from '../../packages/client/src/client'
import { MINUTE_MS } from '../../src/lib/time'
import { setClock } from '../helpers/clock'
import { logInForTokens } from '../helpers/people'
import program from './example.ts?raw'
import { openNetwork, problemAnswer } from './network'

it('shows in docs/client.md the program that runs here', () => {
  const blocks = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block)
  const shown = program
    .replace("'../../packages/client/src/client'", "'@latchkey/client'")
    .replace("'../../packages/client/src/offline'", "'@latchkey/client/offline'")
  expect(blocks.join('\n')).toBe(shown)
})

it('keeps a device the same as the server when that program runs', async () => {
  let isExpired = false
  const network = openNetwork((call) => {
    const answer = isExpired && call === 'GET /todos/changes' ? problemAnswer(410, 'sync_token_expired') : undefined
    isExpired = false
    return answer
  })
  vi.stubGlobal('fetch', network.fetch)
  const { todos: device } = await import('./example').finally(() => vi.unstubAllGlobals())
  const shown = () => device.list().map(({ contents, isDone, state }) => [contents, isDone, state])
  expect(shown()).toEqual([
    ['Buy milk', true, 'synced'],
    ['Buy milk', true, 'synced'],
  ])

  // Another device makes more than a page of changes. Meanwhile this device makes changes of its own, offline.
  const { todos } = createClient('https://todo.example.com', {
    tokens: keepInMemory(await logInForTokens('alice')),
    fetch: openNetwork().fetch,
  })
  const [gone, changed] = device.list()
  if (!gone || !changed) throw new Error('There are no to-dos')
  const operations = Array.from({ length: 60 }, (_, n) => ({ op: 'create' as const, todo: { contents: `Task ${n}` } }))
  for (let n = 0; n < 2; n++) expect((await todos.batch.$post({ json: { operations } })).status).toBe(200)
  expect((await todos[':id'].$delete({ param: { id: gone.id } })).status).toBe(204)
  await device.update(changed.id, { contents: 'Buy oat milk' })
  setClock(Date.now() + 11 * MINUTE_MS)
  expect(await device.sync()).toMatchObject({ state: 'synced', sent: 1 })
  expect(device.pending).toEqual([])
  expect(shown()).toHaveLength(121)
  expect(shown()[0]).toEqual(['Buy oat milk', true, 'synced'])

  // The device is away for so long that its sync token has expired.
  isExpired = true
  expect(await device.sync()).toMatchObject({ state: 'synced' })
  expect(shown()).toHaveLength(121)
})
