import { describe, expect, it } from 'vitest'
import { aliceAndBob, endSession } from '../helpers/alice-and-bob'
import { Client, clientOf, type Options } from '../helpers/client'
import { signUp, withBearer } from '../helpers/people'
import { accessTokenOf } from '../helpers/tokens'
import { wrapD1 } from '../helpers/wrap-d1'

/* Bookmarks: a replica of D1 gives a client that sends one nothing older than what the client has seen. */

/** A bookmark as clients get it. It is sealed, because D1's own bookmark counts the writes of everybody. */
const BOOKMARK = /^[\w-]{116}$/
const D1_BOOKMARK = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/
const HEADER = 'X-D1-Bookmark'
const COOKIE = '__Host-bookmark'

const { alice } = aliceAndBob()

const bookmarkCookies = ({ headers }: { headers: Headers }) =>
  headers.getSetCookie().filter((line) => line.startsWith(COOKIE))

describe('an answer from D1', () => {
  it('has a bookmark in a header, and in a cookie for clients with cookies', async () => {
    const { client, todo } = alice()
    const answers = [
      await client.get(`/todos/${todo.id}`),
      await client.post('/todos', { contents: 'Buy bread' }),
      await client.delete(`/todos/${todo.id}`),
    ]
    for (const answer of answers) {
      const bookmark = answer.headers.get(HEADER)
      expect(bookmark).toMatch(BOOKMARK)
      expect(bookmarkCookies(answer)).toEqual([
        `${COOKIE}=${bookmark}; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Lax`,
      ])
    }
  })

  it('has a bookmark cookie when it sets the first cookies', async () => {
    const { client } = await signUp('carol')
    expect(client.cookies.get(COOKIE)).toMatch(BOOKMARK)
  })

  it('has only the header for clients without cookies', async () => {
    const client = withBearer(accessTokenOf(alice()))
    for (const answer of [await client.get('/todos'), await client.post('/todos', { contents: 'Buy bread' })]) {
      expect(answer.headers.get(HEADER)).toMatch(BOOKMARK)
      expect(answer.headers.getSetCookie()).toEqual([])
    }
  })

  it('never has the same bookmark twice, so that it tells nothing about writes of others', async () => {
    const { client } = alice()
    const given = new Set<string | null>()
    for (const _ of Array(5)) given.add((await client.get('/todos')).headers.get(HEADER))
    expect(given.size).toBe(5)
  })
})

it('gives a bookmark with a 412, so that the client can read the newer version', async () => {
  const { client } = alice()
  const { body } = await client.post<{ id: string }>('/todos', { contents: 'Buy milk' })
  const answer = await client.delete(`/todos/${body.id}`, undefined, { headers: { 'If-Match': '"2"' } })
  expect(answer.status).toBe(412)
  expect(answer.headers.get(HEADER)).toMatch(BOOKMARK)
})

it('gives no bookmark when D1 was not asked', async () => {
  const { client } = alice()
  await client.get('/auth/session')
  for (const answer of [
    await new Client().get('/users/me'),
    await client.get('/nope'),
    await client.get('/auth/session'),
  ]) {
    expect(answer.headers.get(HEADER)).toBeNull()
    expect(bookmarkCookies(answer)).toEqual([])
  }
})

describe('a bookmark from a client', () => {
  /** Reads the list of to-dos with a bookmark. */
  const read = async (options: Options, cookie?: string) => {
    const { client } = alice()
    if (cookie !== undefined) client.cookies.set(COOKIE, cookie)
    return client.get<{ todos: { id: string }[] }>('/todos', options)
  }

  it('is where the D1 session starts, from the header or the cookie', async () => {
    const starts: unknown[] = []
    const DB = wrapD1({ onSession: (start) => starts.push(start) })
    const made = await alice().client.post('/todos', { contents: 'Buy bread' })
    const bookmark = made.headers.get(HEADER) ?? ''
    const token = accessTokenOf(alice())
    const byHeader = clientOf({ DB }, { [HEADER]: bookmark, Authorization: `Bearer ${token}` })
    const byCookie = clientOf({ DB })
    byCookie.cookies.set(COOKIE, bookmark).set('__Host-access', token)
    const none = clientOf({ DB }, { Authorization: `Bearer ${token}` })
    for (const client of [byHeader, byCookie, none]) expect((await client.get('/todos')).status).toBe(200)
    expect(starts).toContainEqual(expect.stringMatching(D1_BOOKMARK))
    expect(new Set(starts)).toEqual(new Set([starts[0], 'first-unconstrained']))
  })

  it('is ignored when it is not valid', async () => {
    const garbage = [
      '',
      'x',
      'first-primary',
      'first-unconstrained',
      '0',
      "' OR 1=1 --",
      '00000000-00000000-00000000-0000000000000000000000000000000',
      '00000000-00000000-00000000-00000000000000000000000000000000 ',
      '0000000G-00000000-00000000-00000000000000000000000000000000',
      '-'.repeat(10_000),
      'A'.repeat(116),
      '%00',
    ]
    for (const bookmark of garbage) {
      for (const answer of [await read({ headers: { [HEADER]: bookmark } }), await read({}, bookmark)]) {
        expect({ bookmark, status: answer.status }).toEqual({ bookmark, status: 200 })
        expect(answer.body.todos).toHaveLength(1)
        expect(answer.headers.get(HEADER)).toMatch(BOOKMARK)
      }
    }
  })

  it('signs nobody in', async () => {
    const owner = alice()
    const bookmark = (await owner.client.get('/todos')).headers.get(HEADER) ?? ''
    await endSession(owner)
    expect((await owner.client.get('/todos', { headers: { [HEADER]: bookmark } })).status).toBe(401)
    expect((await new Client().get('/todos', { headers: { [HEADER]: bookmark } })).status).toBe(401)
  })
})
