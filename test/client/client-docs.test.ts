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
  expect(blocks.join('\n')).toBe(program.replace("'../../packages/client/src/client'", "'@latchkey/client'"))
})

it('keeps a device the same as the server when that program runs', async () => {
  let isExpired = false
  const network = openNetwork((call) => {
    const answer = isExpired && call === 'GET /todos/changes' ? problemAnswer(410, 'sync_token_expired') : undefined
    isExpired = false
    return answer
  })
  vi.stubGlobal('fetch', network.fetch)
  const { device, sync } = await import('./example').finally(() => vi.unstubAllGlobals())
  const shown = () => [...device.todos.values()].map(({ contents, isDone }) => [contents, isDone])
  expect(shown()).toEqual([
    ['Buy milk', true],
    ['Buy bread', false],
  ])
  expect(device.pending.size).toBe(0)

  // Another device makes more than a page of changes. Meanwhile this device makes changes of its own, offline.
  const { todos } = createClient('https://todo.example.com', {
    tokens: keepInMemory(await logInForTokens('alice')),
    fetch: openNetwork().fetch,
  })
  const [milk, bread] = device.todos.keys()
  if (milk === undefined || bread === undefined) throw new Error('There are no to-dos')
  const operations = Array.from({ length: 60 }, (_, n) => ({ op: 'create' as const, todo: { contents: `Task ${n}` } }))
  expect((await todos.batch.$post({ json: { operations } })).status).toBe(200)
  expect((await todos[':id'].$delete({ param: { id: milk } })).status).toBe(204)
  device.pending.set(milk, { op: 'update', id: milk, patch: { contents: 'Buy oat milk' } })
  device.pending.set(bread, { op: 'update', id: bread, patch: { isDone: true } })
  setClock(Date.now() + 11 * MINUTE_MS)
  await sync()
  expect(device.pending.size).toBe(0)
  expect(shown().slice(0, 2)).toEqual([
    ['Buy bread', true],
    ['Task 0', false],
  ])
  expect(device.todos.size).toBe(61)

  // The device is away for so long that its sync token has expired.
  device.todos.delete(bread)
  isExpired = true
  await sync()
  expect(shown()).toHaveLength(61)
  expect(shown()).toContainEqual(['Buy bread', true])
})
