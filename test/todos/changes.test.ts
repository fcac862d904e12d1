import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { SYNC_TOKEN_LIFE_MS } from '../../src/todos/changes'
import type { Todo } from '../../src/todos/schemas'
import type { Client } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { logIn, signUp } from '../helpers/people'

interface Changes {
  changes: ({ todo: Todo } | { id: string; deletedAt: string })[]
  nextToken: string
  hasMore: boolean
}

const NOON = Date.parse('2026-12-24T12:00:00.000Z')

const make = async (client: Client, contents: string) => (await client.post<Todo>('/todos', { contents })).body
const changesOf = async (client: Client, query = '') => (await client.get<Changes>(`/todos/changes${query}`)).body
const since = ({ nextToken }: Changes) => `?since=${nextToken}`

describe('the list of changes', () => {
  it('first has all to-dos, and later each changed one in its latest state, in the order of the changes', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    const [milk, bread, tea] = [await make(client, 'milk'), await make(client, 'bread'), await make(client, 'tea')]
    const first = await changesOf(client)
    expect(first).toEqual({
      changes: [{ todo: milk }, { todo: bread }, { todo: tea }],
      nextToken: expect.any(String),
      hasMore: false,
    })
    expect(await changesOf(client, since(first))).toMatchObject({ changes: [], hasMore: false })

    await client.patch(`/todos/${tea.id}`, { isDone: true })
    await client.delete(`/todos/${milk.id}`)
    const { body: last } = await client.patch<Todo>(`/todos/${tea.id}`, { contents: 'green tea' })
    const second = await changesOf(client, since(first))
    expect(second.changes).toEqual([{ id: milk.id, deletedAt: '2026-12-24T12:00:00.000Z' }, { todo: last }])

    const { body: restored } = await client.post<Todo>(`/todos/${milk.id}/restore`)
    expect((await changesOf(client, since(second))).changes).toEqual([{ todo: restored }])
    expect((await changesOf(client, since(first))).changes).toEqual([{ todo: last }, { todo: restored }])
  })

  it.each([1, 2, 3, 6, 7, 100])('comes in pages of %i, and hasMore says whether there is another', async (limit) => {
    const { client } = await signUp('alice')
    const operations = Array.from({ length: 6 }, (_, n) => ({ op: 'create', todo: { contents: `${n}` } }))
    await client.post('/todos/batch', { operations })
    const seen: string[] = []
    for (let query = ''; ; ) {
      const page = await changesOf(client, `?limit=${limit}${query}`)
      seen.push(...page.changes.map((change) => ('todo' in change ? change.todo.contents : '')))
      expect(page.hasMore).toBe(seen.length < 6)
      if (!page.hasMore) break
      expect(page.changes).toHaveLength(limit)
      query = `&since=${page.nextToken}`
    }
    expect(seen).toEqual(['0', '1', '2', '3', '4', '5'])
  })

  it('stays in order when the clock goes back', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    setClock(NOON + 5000)
    const milk = await make(client, 'milk')
    const first = await changesOf(client)
    setClock(NOON + 1)
    const { body: done } = await client.patch<Todo>(`/todos/${milk.id}`, { isDone: true })
    expect((await changesOf(client, since(first))).changes).toEqual([{ todo: done }])
  })

  it('continues after the last to-do was removed for good', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    const milk = await make(client, 'milk')
    await client.delete(`/todos/${milk.id}`)
    setClock(NOON + 31 * 86_400_000)
    const { client: later } = await logIn('alice')
    const { nextToken } = await changesOf(later)
    await env.DB.prepare('DELETE FROM todos').run()
    const bread = await make(later, 'bread')
    expect((await changesOf(later, `?since=${nextToken}`)).changes).toEqual([{ todo: bread }])
  })

  it('shows no to-dos of other users', async () => {
    const { client: alice } = await signUp('alice')
    const { client: bob } = await signUp('bob')
    await make(alice, 'hers')
    expect(await changesOf(bob)).toMatchObject({ changes: [], hasMore: false })
  })
})

describe('a token of the list of changes', () => {
  it('is refused for another user, and after any edit', async () => {
    const { client: alice } = await signUp('alice')
    const { client: bob } = await signUp('bob')
    for (const client of [alice, bob]) for (const contents of ['a', 'b']) await make(client, contents)
    const { nextToken } = await changesOf(alice, '?limit=1')
    const { body: page } = await alice.get<{ nextCursor: string }>('/todos?limit=1')
    const edited = Array.from(
      nextToken,
      (letter, index) => nextToken.slice(0, index) + (letter === 'A' ? 'B' : 'A') + nextToken.slice(index + 1),
    )
    for (const [client, token] of [
      [bob, nextToken],
      [alice, page.nextCursor],
      [alice, ''],
      [alice, `${nextToken}A`],
      [alice, '0.0'],
      [alice, uuidv7()],
      ...edited.map((token) => [alice, token] as const),
    ] as const) {
      const { status, body } = await client.get(`/todos/changes?since=${token}`)
      // What has the form of a token may have been made with a secret that is gone.
      if (status === 410) expect(body.code).toBe('sync_token_expired')
      else
        expect({ status, body }).toMatchObject({
          status: 422,
          body: { errors: [{ path: '/since', code: 'invalid_token' }] },
        })
    }
  })

  it('is valid while every deletion since then is still known, and then gets a 410', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    const milk = await make(client, 'milk')
    const { nextToken } = await changesOf(client)
    setClock(NOON + 1)
    await client.delete(`/todos/${milk.id}`)
    setClock(NOON + SYNC_TOKEN_LIFE_MS - 1)
    const { client: later } = await logIn('alice')
    const { changes } = await changesOf(later, `?since=${nextToken}`)
    expect(changes).toEqual([{ id: milk.id, deletedAt: '2026-12-24T12:00:00.001Z' }])
    setClock(NOON + SYNC_TOKEN_LIFE_MS)
    const { status, body } = await later.get(`/todos/changes?since=${nextToken}`)
    expect({ status, code: body.code }).toEqual({ status: 410, code: 'sync_token_expired' })
  })

  it('counts as old as the first page until the last page is read', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    for (const contents of ['a', 'b', 'c']) await make(client, contents)
    const { nextToken } = await changesOf(client, '?limit=1')
    setClock(NOON + SYNC_TOKEN_LIFE_MS - 1)
    const { client: later } = await logIn('alice')
    const second = await changesOf(later, `?limit=1&since=${nextToken}`)
    const last = await changesOf(later, `?limit=1&since=${second.nextToken}`)
    expect([second.hasMore, last.hasMore]).toEqual([true, false])
    setClock(NOON + SYNC_TOKEN_LIFE_MS)
    expect((await later.get(`/todos/changes?since=${second.nextToken}`)).status).toBe(410)
    expect((await later.get(`/todos/changes?since=${last.nextToken}`)).status).toBe(200)
  })
})
