import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import type { Todo } from '../../src/todos/schemas'
import type { Client } from '../helpers/client'
import { signUp, tally, together } from '../helpers/people'
import { someOf } from '../helpers/some-of'
import { expectNoChanges } from '../helpers/storage'

/* Entity tags and conditions (RFC 9110, sections 8.8.3 and 13.1). */

const make = async (client: Client, contents = 'Buy milk') => (await client.post<Todo>('/todos', { contents })).body
const given = (name: 'If-Match' | 'If-None-Match', tag: string) => ({ headers: { [name]: tag } })

describe('the tag of a to-do', () => {
  it('is its version, in every answer that contains the to-do', async () => {
    const { client } = await signUp('alice')
    const { headers, body } = await client.post<Todo>('/todos', { contents: 'Buy milk' })
    const path = `/todos/${body.id}`
    expect(headers.get('ETag')).toBe('"1"')
    expect((await client.get(path)).headers.get('ETag')).toBe('"1"')
    expect((await client.patch(path, { isDone: true })).headers.get('ETag')).toBe('"2"')
    expect((await client.put(path, { contents: 'Buy bread' })).headers.get('ETag')).toBe('"3"')
    expect((await client.delete(path)).headers.get('ETag')).toBeNull()
    expect((await client.post(`${path}/restore`)).headers.get('ETag')).toBe('"5"')
  })

  it('is never used twice, not even when a deleted to-do is put again', async () => {
    const { client } = await signUp('alice')
    const { id } = await make(client)
    await client.delete(`/todos/${id}`)
    const again = await client.put<Todo>(`/todos/${id}`, { contents: 'Buy bread' })
    expect(again).toMatchObject({ status: 201, body: { version: 3 } })
    expect((await client.delete(`/todos/${id}`, undefined, given('If-Match', '"1"'))).status).toBe(412)
  })

  it('stays the same after an empty patch, which changes nothing', async () => {
    const { client } = await signUp('alice')
    const todo = await make(client)
    const { status, headers, body } = await expectNoChanges(() => client.patch(`/todos/${todo.id}`, {}))
    expect({ status, body, tag: headers.get('ETag') }).toEqual({ status: 200, body: todo, tag: '"1"' })
  })
})

describe('reading again', () => {
  it('answers 304 without a body until something changes, and then 200', async () => {
    const { client } = await signUp('alice')
    const { id } = await make(client)
    for (const path of [`/todos/${id}`, '/todos', '/todos?isDone=false&limit=1']) {
      const { headers } = await client.get(path)
      const tag = headers.get('ETag') ?? ''
      expect(tag).toMatch(path === `/todos/${id}` ? /^"\d+"$/ : /^W\/"[\w-]+"$/)
      const same = await client.get(path, given('If-None-Match', tag))
      expect(same).toMatchObject({ status: 304, text: '' })
      for (const name of ['ETag', 'Cache-Control', 'Vary']) {
        expect([name, same.headers.get(name)]).toEqual([name, headers.get(name)])
      }
      await client.patch(`/todos/${id}`, { contents: path })
      const changed = await client.get(path, given('If-None-Match', tag))
      expect(changed.status).toBe(200)
      expect(changed.headers.get('ETag')).not.toBe(tag)
    }
  })

  it('answers 304 whether or not Cloudflare has weakened the tag', async () => {
    const { client } = await signUp('alice')
    const { id } = await make(client)
    for (const path of [`/todos/${id}`, '/todos']) {
      const tag = (await client.get(path)).headers.get('ETag')?.replace('W/', '')
      const tags = [`${tag}`, `W/${tag}`, `"x", W/${tag}`]
      const answers = await Promise.all(tags.map((one) => client.get(path, given('If-None-Match', one))))
      expect(answers.map(({ status }) => status)).toEqual([304, 304, 304])
    }
  })

  it('allows only a private cache, which must ask each time', async () => {
    const { client } = await signUp('alice')
    const { id } = await make(client)
    for (const path of [`/todos/${id}`, '/todos', '/todos/changes']) {
      expect((await client.get(path)).headers.get('Cache-Control')).toBe('private, no-cache')
    }
    expect((await client.get(`/todos/${uuidv7()}`)).headers.get('Cache-Control')).toBe('no-store')
  })

  it.each([
    ['*', 304],
    ['"1"', 304],
    ['W/"1"', 304],
    ['"7", W/"1", "8"', 304],
    ['"7","1"', 304],
    [' "1" ', 304],
    ['"a,b", "1"', 304],
    ['"2"', 200],
    ['w/"1"', 200],
    ['1', 200],
    ['"1', 200],
    ['"1" "', 200],
    ['"1"x', 200],
    ['"1""2"', 200],
    ['"2" "1"', 200],
    ['*, "1"', 200],
    ['""', 200],
    ['"\t1"', 200],
  ])('answers If-None-Match: %s with %i', async (tag, status) => {
    const { client } = await signUp('alice')
    const { id } = await make(client)
    expect((await client.get(`/todos/${id}`, given('If-None-Match', tag))).status).toBe(status)
  })

  it('answers 200 when the tag is from the list of another user', async () => {
    const { client } = await signUp('alice')
    await make(client)
    const tag = (await client.get('/todos')).headers.get('ETag') ?? ''
    const { client: bob } = await signUp('bob')
    expect((await bob.get('/todos', given('If-None-Match', tag))).status).toBe(200)
  })
})

describe('changing a to-do with a condition', () => {
  const changes = [
    [
      'PATCH',
      (client: Client, id: string, tag: string) =>
        client.patch(`/todos/${id}`, { contents: 'x' }, given('If-Match', tag)),
    ],
    [
      'PUT',
      (client: Client, id: string, tag: string) =>
        client.put(`/todos/${id}`, { contents: 'x' }, given('If-Match', tag)),
    ],
    [
      'DELETE',
      (client: Client, id: string, tag: string) => client.delete(`/todos/${id}`, undefined, given('If-Match', tag)),
    ],
  ] as const

  describe.each(changes)('by %s', (_, change) => {
    it.each(someOf(['"2"', '*', '"1", "2"', '"2",', 'W/"2"', '"1", W/"2"', 'W/"1",W/"2"'], 2))(
      'succeeds with If-Match: %s',
      async (tag) => {
        const { client } = await signUp('alice')
        const { id } = await make(client)
        await client.patch(`/todos/${id}`, { isDone: true })
        expect((await change(client, id, tag)).status).toBeLessThan(300)
      },
    )

    it.each(
      someOf(['"1"', 'W/"1"', 'w/"2"', 'W/ "2"', 'W/2', '2', '"2', '', '"2" x', '"1""2"', '"1" "2"', '*, "2"'], 3),
    )('is refused with If-Match: %s, and nothing changes', async (tag) => {
      const { client } = await signUp('alice')
      const { id } = await make(client)
      await client.patch(`/todos/${id}`, { isDone: true })
      const { status, body } = await expectNoChanges(() => change(client, id, tag))
      expect({ status, code: body.code }).toEqual({ status: 412, code: 'precondition_failed' })
    })

    it('answers 404 for a missing to-do, or 412 when it would make one', async () => {
      const { client } = await signUp('alice')
      const { client: bob } = await signUp('bob')
      const { id } = await make(bob)
      expect((await change(client, id, '"1"')).status).toBe(404)
      const { status } = await change(client, uuidv7(), '*')
      expect(status).toBe(change === changes[1][1] ? 412 : 404)
    })

    it('succeeds once when 20 requests race with one tag', async () => {
      const { client } = await signUp('alice')
      const { id } = await make(client)
      const answers = await together(20, () => change(client, id, '"1"'))
      const won = answers.filter(({ status }) => status < 300)
      expect(won).toHaveLength(1)
      const lost = tally(answers.filter(({ status }) => status >= 300).map(({ status }) => status))
      expect(Object.keys(lost).filter((status) => status !== '412' && status !== '404')).toEqual([])
    })
  })

  it('makes but never replaces a to-do with If-None-Match: *', async () => {
    const { client } = await signUp('alice')
    const id = uuidv7()
    const put = (contents: string) => client.put<Todo>(`/todos/${id}`, { contents }, given('If-None-Match', '*'))
    expect(tally((await together(20, (n) => put(`${n}`))).map(({ status }) => status))).toEqual({ 201: 1, 412: 19 })
    await client.delete(`/todos/${id}`)
    expect(await put('again')).toMatchObject({ status: 201, body: { contents: 'again', version: 3 } })
  })

  it.each([
    ['"1"', 412],
    ['W/"1"', 412],
    ['"2"', 200],
    ['1', 200],
  ])('answers If-None-Match: %s with %i', async (tag, status) => {
    const { client } = await signUp('alice')
    const { id } = await make(client)
    expect((await client.patch(`/todos/${id}`, { isDone: true }, given('If-None-Match', tag))).status).toBe(status)
  })
})
