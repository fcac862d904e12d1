import { describe, expect, it } from 'vitest'
import { aliceAndBob, endSession } from '../helpers/alice-and-bob'
import { Client, clientOf, type Options } from '../helpers/client'
import { signUp, withBearer } from '../helpers/people'
import { accessTokenOf } from '../helpers/tokens'
import { wrapD1 } from '../helpers/wrap-d1'

/* The bookmark by which a replica of D1 serves a client nothing older than what it has seen. */

/** Sealed: D1's own counts everybody's writes. */
const BOOKMARK = /^[\w-]{116}$/
const OWN = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/
const HEADER = 'X-D1-Bookmark'
const COOKIE = '__Host-bookmark'

const { alice } = aliceAndBob()

const bookmarkCookies = ({ headers }: { headers: Headers }) =>
  headers.getSetCookie().filter((line) => line.startsWith(COOKIE))

describe('an answer that D1 had a part in', () => {
  it('carries a bookmark, in a cookie too for a client that keeps ours', async () => {
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

  it('carries one when it sets the first cookies', async () => {
    const { client } = await signUp('carol')
    expect(client.cookies.get(COOKIE)).toMatch(BOOKMARK)
  })

  it('gives it in the header alone to a client that holds its tokens itself', async () => {
    const client = withBearer(accessTokenOf(alice()))
    for (const answer of [await client.get('/todos'), await client.post('/todos', { contents: 'Buy bread' })]) {
      expect(answer.headers.get(HEADER)).toMatch(BOOKMARK)
      expect(answer.headers.getSetCookie()).toEqual([])
    }
  })

  it('never gives the same one twice, so that nobody learns from it whether something was written for others', async () => {
    const { client } = alice()
    const given = new Set<string | null>()
    for (const _ of Array(5)) given.add((await client.get('/todos')).headers.get(HEADER))
    expect(given.size).toBe(5)
  })
})

it('is given with a lost update, so that what has changed is seen next', async () => {
  const { client } = alice()
  const { body } = await client.post<{ id: string }>('/todos', { contents: 'Buy milk' })
  const answer = await client.delete(`/todos/${body.id}`, undefined, { headers: { 'If-Match': '"2"' } })
  expect(answer.status).toBe(412)
  expect(answer.headers.get(HEADER)).toMatch(BOOKMARK)
})

it('is not given where D1 had no part', async () => {
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

describe('a bookmark that a client brings', () => {
  /** The list of to-dos as it is read with a bookmark. */
  const read = async (options: Options, cookie?: string) => {
    const { client } = alice()
    if (cookie !== undefined) client.cookies.set(COOKIE, cookie)
    return client.get<{ todos: { id: string }[] }>('/todos', options)
  }

  it('is taken, in the header or the cookie: there the read begins', async () => {
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
    expect(starts).toContainEqual(expect.stringMatching(OWN))
    expect(new Set(starts)).toEqual(new Set([starts[0], 'first-primary', 'first-unconstrained']))
  })

  it('is ignored when it is none', async () => {
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

  it('brings nobody in', async () => {
    const owner = alice()
    const bookmark = (await owner.client.get('/todos')).headers.get(HEADER) ?? ''
    await endSession(owner)
    expect((await owner.client.get('/todos', { headers: { [HEADER]: bookmark } })).status).toBe(401)
    expect((await new Client().get('/todos', { headers: { [HEADER]: bookmark } })).status).toBe(401)
  })
})
