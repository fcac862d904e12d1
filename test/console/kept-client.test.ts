/// <reference path="../../src/console/browser/keep/latchkey-client.d.ts" />

import { expect, it } from 'vitest'
import { createClient } from '../../packages/client/src/client'
import { createOfflineTodos, memoryStore, type OfflineTodos } from '../../packages/client/src/offline'

/*
 * src/console/browser/keep/latchkey-client.d.ts says what the pages use of the client package. This compiles only if the package has all of it,
 * as it is said there.
 */

type Kept = Awaited<ReturnType<typeof import('@latchkey/client/offline').createOfflineTodos>>

const asKept = (todos: OfflineTodos): Kept => todos
const asKeptClient = (
  client: ReturnType<typeof createClient>,
): ReturnType<typeof import('@latchkey/client').createClient> => client

it('is declared for the pages as the client package has it', async () => {
  const client = createClient('https://latchkey.example.com')
  const todos = asKept(await createOfflineTodos({ client, userId: 'somebody', store: memoryStore() }))
  expect([todos.list(), todos.pending, todos.refused]).toEqual([[], [], []])
  expect(asKeptClient(client).auth.session).toBeDefined()
})
