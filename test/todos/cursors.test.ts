import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { TodoInput } from '../../src/todos/schemas'
import type { ActivityPage } from '../activity/read-activity'
import { type Client, clientOf } from '../helpers/client'
import { logIn, type Person, signUp } from '../helpers/people'
import { makeTodos, namesOf, pageOf, queryOf } from './pages'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

const NAMES = ['milk 1', 'milk 2', 'milk 3', 'milk 4']

async function signUpWithTodos(username: string): Promise<Person> {
  const person = await signUp(username)
  const todo: Partial<TodoInput> = { priority: 'low', labels: ['home'], dueAt: '2026-12-24T12:00:00.000Z' }
  await makeTodos(
    person.client,
    NAMES.map((contents) => ({ ...todo, contents })),
  )
  return person
}

const cursorOf = async (client: Client, query = 'limit=1'): Promise<string> =>
  (await pageOf(client, query)).nextCursor ?? ''

async function expectRefused(client: Client, parameters: Record<string, string>): Promise<void> {
  const { status, body } = await client.get(`/todos?${queryOf(parameters)}`)
  expect({ parameters, status, body }).toMatchObject({
    parameters,
    status: 422,
    body: { code: 'invalid_fields', errors: [{ path: '/cursor', code: 'invalid_cursor' }] },
  })
}

/** A signed-in client of the Worker after its settings have changed. */
function carriedOver(client: Client, settings: Record<string, string>): Client {
  return clientOf(settings).copyCookies(client)
}

describe('a cursor', () => {
  it('is valid for its list with any limit, again and again', async () => {
    const { client } = await signUpWithTodos('alice')
    const cursor = await cursorOf(client)
    for (const limit of ['1', '2', '3', '100']) {
      const { todos } = await pageOf(client, queryOf({ cursor, limit }))
      expect(todos.map(({ contents }) => contents)).toEqual(NAMES.slice(1, 1 + Number(limit)))
    }
  })

  it('is refused when any of its characters is changed, left out or doubled', async () => {
    const { client } = await signUpWithTodos('alice')
    const cursor = await cursorOf(client)
    expect(cursor).toMatch(/^[\w-]+$/)
    for (const [index, character] of [...cursor].entries()) {
      const [before, behind] = [cursor.slice(0, index), cursor.slice(index + 1)]
      // This letter differs only in its last bit, which has no meaning in the last character.
      const nearest = ALPHABET[ALPHABET.indexOf(character) ^ 1] ?? ''
      for (const edited of [nearest, '', character + character]) {
        await expectRefused(client, { cursor: before + edited + behind })
      }
    }
  })

  it('is refused when it is cut, empty, malformed or spelled differently', async () => {
    const { client } = await signUpWithTodos('alice')
    const cursor = await cursorOf(client)
    const decoded = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'))
    const edits = [
      decoded.replace(/^\d+/, '0'),
      decoded.replace(/\.[^.]+$/, ''),
      decoded.replace(/\.[^.]+$/, '.'),
      '..',
      '',
    ]
    const spellings = [`${cursor}=`, `${cursor}==`, ` ${cursor}`, `${cursor}\n`, `${cursor}\u00a0`, decoded]
    for (const edited of [
      ...edits.map((text) => btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')),
      ...spellings,
      ...[1, 10, 50, cursor.length - 2].map((length) => cursor.slice(0, length)),
      ...['', '0', 'null', '🥛', '%', 'a'.repeat(500)],
    ]) {
      await expectRefused(client, { cursor: edited })
    }
    const { status, body } = await client.get(`/todos?cursor=${'a'.repeat(501)}`)
    expect({ status, body }).toMatchObject({ status: 422, body: { errors: [{ path: '/cursor' }] } })
  })

  it('is refused for another user', async () => {
    const [alice, bob] = [await signUpWithTodos('alice'), await signUpWithTodos('bob')]
    await expectRefused(bob.client, { cursor: await cursorOf(alice.client) })
    await expectRefused(alice.client, { cursor: await cursorOf(bob.client) })
  })

  it('is refused in every other list', async () => {
    const { client } = await signUpWithTodos('alice')
    const lists: Record<string, string>[] = [
      {},
      { order: 'DESC' },
      { sort: 'dueAt' },
      { sort: 'priority' },
      { sort: 'updatedAt' },
      { sort: 'updatedAt', order: 'DESC' },
      { sort: 'completedAt' },
      { isDone: 'false' },
      { priority: 'low' },
      { label: 'home' },
      { dueBefore: '2027-01-01T00:00:00Z' },
      { dueBefore: '2028-01-01T00:00:00Z' },
      { dueAfter: '2026-01-01T00:00:00Z' },
      { q: 'milk' },
      { q: 'mil' },
      { q: 'home' },
      { q: 'milk', label: 'home' },
    ]
    for (const list of lists) {
      // A search does not look at labels, so this list is empty.
      if (list['q'] === 'home') continue
      const cursor = await cursorOf(client, queryOf({ ...list, limit: 1 }))
      for (const other of lists) {
        if (other === list) expect((await pageOf(client, queryOf({ ...list, cursor }))).todos).toHaveLength(3)
        else await expectRefused(client, { ...other, cursor })
      }
    }
  })

  it('does not depend on the order of the parameters, nor on defaults', async () => {
    const { client } = await signUpWithTodos('alice')
    const cursor = await cursorOf(client, 'q=milk&label=home&limit=1')
    for (const query of ['label=home&q=milk', 'order=ASC&label=home&sort=createdAt&q=milk']) {
      expect((await pageOf(client, `cursor=${cursor}&${query}`)).todos).toHaveLength(3)
    }
  })

  it('is no token of the list of changes and no cursor of the activity list', async () => {
    const { client } = await signUpWithTodos('alice')
    await logIn('alice')
    const cursor = await cursorOf(client)
    const { nextToken } = (await client.get<{ nextToken: string }>('/todos/changes?limit=1')).body
    const { nextCursor } = (await client.get<ActivityPage>('/users/me/activity?limit=1')).body
    const tokens = {
      '/todos?cursor=': cursor,
      '/todos/changes?since=': nextToken,
      '/users/me/activity?cursor=': nextCursor,
    }
    for (const [path, own] of Object.entries(tokens)) {
      for (const token of Object.values(tokens)) {
        const { status } = await client.get(`${path}${token}`)
        const refused = path.startsWith('/todos/changes') ? 410 : 422
        expect({ path, token, status }).toEqual({ path, token, status: token === own ? 200 : refused })
      }
    }
    for (const foreign of [nextToken, nextCursor ?? '']) await expectRefused(client, { cursor: foreign })
  })

  it('continues after its last to-do was changed or deleted', async () => {
    const { client } = await signUpWithTodos('alice')
    const { todos, nextCursor } = await pageOf(client, 'limit=2')
    await client.patch(`/todos/${todos[0]?.id}`, { contents: 'changed' })
    await client.delete(`/todos/${todos[1]?.id}`)
    expect(await namesOf(client, 'limit=100')).toEqual(['changed', ...NAMES.slice(2)])
    const next = await pageOf(client, `limit=2&cursor=${nextCursor}`)
    expect(next).toMatchObject({ todos: NAMES.slice(2).map((contents) => ({ contents })), nextCursor: null })
  })

  it('survives one change of AUTH_SECRET, but not two', async () => {
    const alice = await signUpWithTodos('alice')
    const cursor = await cursorOf(alice.client)
    const AUTH_SECRET = 'another secret for the tests, of 32 bytes and more'
    const third = 'and one more secret for the tests, of 32 bytes'
    const rotated = carriedOver(alice.client, { AUTH_SECRET, AUTH_SECRET_PREVIOUS: env.AUTH_SECRET })
    const { todos, nextCursor } = await pageOf(rotated, `limit=1&cursor=${cursor}`)
    expect(todos).toMatchObject([{ contents: 'milk 2' }])
    // New cursors are made with the new secret. A Worker that has only the previous one refuses them.
    await expectRefused(alice.client, { cursor: nextCursor ?? '' })
    expect((await pageOf(rotated, `limit=1&cursor=${nextCursor}`)).todos).toMatchObject([{ contents: 'milk 3' }])

    expect((await rotated.post('/auth/refresh')).status).toBe(200)
    const again = carriedOver(rotated, { AUTH_SECRET: third, AUTH_SECRET_PREVIOUS: AUTH_SECRET })
    expect((await pageOf(again, `limit=1&cursor=${nextCursor}`)).todos).toMatchObject([{ contents: 'milk 3' }])
    await expectRefused(again, { cursor })
  })
})
