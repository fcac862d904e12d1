import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { writeListToken } from '../../src/http/cursor'
import { SYNC_TOKEN_LIFE_MS } from '../../src/todos/changes'
import type { List } from '../../src/todos/lists/schemas'
import type { Todo } from '../../src/todos/schemas'
import { billedClient } from '../helpers/billed-client'
import type { Client } from '../helpers/client'
import { advanceClock, setClock } from '../helpers/clock'
import { logIn, signUp } from '../helpers/people'
import { Timers } from '../helpers/timers'
import { workerKeys } from '../helpers/tokens'

interface Changes {
  changes: ({ todo: Todo } | { id: string; deletedAt: string })[]
  lists?: List[]
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
      lists: [],
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

describe('lists among the changes', () => {
  const make = async (client: Client, name: string) => (await client.post<List>('/lists', { name })).body

  it('come whole at first, and later when one of them has changed', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    const work = await make(client, 'Work')
    advanceClock(1)
    const home = await make(client, 'Home')
    const first = await changesOf(client)
    expect(first.lists).toEqual([work, home])
    const same = await changesOf(client, since(first))
    expect('lists' in same).toBe(false)
    const { body: moved } = await client.patch<List>(`/lists/${home.id}`, { position: 'a' })
    const second = await changesOf(client, since(same))
    expect(second).toMatchObject({ changes: [], lists: [moved, work] })
    expect('lists' in (await changesOf(client, since(second)))).toBe(false)
    await client.delete(`/lists/${work.id}`)
    const third = await changesOf(client, since(second))
    expect(third.lists).toEqual([moved])
    await client.delete(`/lists/${home.id}`)
    expect((await changesOf(client, since(third))).lists).toEqual([])
    expect((await changesOf(client, since(first))).lists).toEqual([])
  })

  it('come again when a list was deleted and made anew under its id', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    const work = await make(client, 'Work')
    const first = await changesOf(client)
    await client.delete(`/lists/${work.id}`)
    await client.put(`/lists/${work.id}`, { name: 'Home' })
    expect((await changesOf(client, since(first))).lists).toMatchObject([{ id: work.id, name: 'Home', version: 1 }])
  })

  it('come with the first of several pages', async () => {
    const { client } = await signUp('alice')
    await make(client, 'Work')
    for (const contents of ['a', 'b', 'c']) await client.post('/todos', { contents })
    const first = await changesOf(client, '?limit=1')
    expect(first).toMatchObject({ lists: [{ name: 'Work' }], hasMore: true })
    const second = await changesOf(client, `?limit=1&since=${first.nextToken}`)
    expect('lists' in second).toBe(false)
  })

  it('come with a token that was made before there were lists in it', async () => {
    const { client, user } = await signUp('alice')
    const old = await writeListToken(await workerKeys(), `changes|${user.id}`, `0.${Date.now()}`)
    expect((await changesOf(client, `?since=${old}`)).lists).toEqual([])
  })

  it('of other users are not shown', async () => {
    const [{ client: alice }, { client: bob }] = [await signUp('alice'), await signUp('bob')]
    await make(alice, 'hers')
    expect((await changesOf(bob)).lists).toEqual([])
  })

  it('cost one call, and a row each', async () => {
    const { client, costOf } = billedClient(new Timers(), new Map())
    await signUp('alice', client)
    const cost = () => costOf(() => client.get('/todos/changes'))
    const without = await cost()
    await make(client, 'Work')
    const withOne = await cost()
    await make(client, 'Home')
    const withTwo = await cost()
    expect([without, withOne, withTwo]).toMatchObject(Array(3).fill({ calls: 1, depth: 1, written: 0 }))
    expect([withOne.read, withTwo.read]).toEqual([without.read + 1, without.read + 2])
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
