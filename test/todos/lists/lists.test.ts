import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { beforeEach, describe, expect, it } from 'vitest'
import { MAX_LISTS } from '../../../src/limits'
import type { List } from '../../../src/todos/lists/schemas'
import { defaultPosition } from '../../../src/todos/position'
import type { Client } from '../../helpers/client'
import { advanceClock, setClock } from '../../helpers/clock'
import { type Person, signUp, tally, together } from '../../helpers/people'
import { expectNoChanges } from '../../helpers/storage'

const NOON = Date.parse('2026-12-24T12:00:00.000Z')
const NOON_TEXT = '2026-12-24T12:00:00.000Z'

let alice: Person
let client: Client

beforeEach(async () => {
  setClock(NOON)
  alice = await signUp('alice')
  client = alice.client
})

const make = async (name: string) => (await client.post<List>('/lists', { name })).body
const listsOf = async (of = client) => (await of.get<{ lists: List[] }>('/lists')).body.lists
const namesOf = async () => (await listsOf()).map(({ name }) => name)

/** Fills the account with this many lists. */
const fill = (count: number) =>
  env.DB.prepare(
    `WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
    INSERT INTO lists (user_id, id, name, created_at, updated_at, version) SELECT ?2, 'id-' || n, 'list', 0, 0, 1 FROM n`,
  )
    .bind(count, alice.user.id)
    .run()

describe('a list', () => {
  it('is made, read, changed and replaced', async () => {
    const made = await client.post<List>('/lists', { name: 'Groceries' })
    const { id } = made.body
    const list = {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'Groceries',
      position: defaultPosition(NOON),
      createdAt: NOON_TEXT,
      updatedAt: NOON_TEXT,
      version: 1,
    }
    expect({ status: made.status, body: made.body }).toEqual({ status: 201, body: list })
    expect(made.headers.get('Location')).toBe(`/api/v1/lists/${id}`)
    expect(made.headers.get('ETag')).toBe('"1"')
    expect(await client.get(`/lists/${id}`)).toMatchObject({ status: 200, body: list })

    advanceClock(1000)
    const later = '2026-12-24T12:00:01.000Z'
    const moved = await client.patch(`/lists/${id}`, { position: 'b' })
    expect({ status: moved.status, body: moved.body }).toEqual({
      status: 200,
      body: { ...list, position: 'b', updatedAt: later, version: 2 },
    })
    const named = await client.patch(`/lists/${id}`, { name: 'Food' })
    expect(named.body).toEqual({ ...list, name: 'Food', position: 'b', updatedAt: later, version: 3 })
    expect(named.headers.get('ETag')).toBe('"3"')
    const replaced = await client.put(`/lists/${id}`, { name: 'Errands' })
    expect({ status: replaced.status, body: replaced.body }).toEqual({
      status: 200,
      body: { ...list, name: 'Errands', updatedAt: later, version: 4 },
    })
    expect(await listsOf()).toEqual([replaced.body])
  })

  it('is made under an id of its client, once', async () => {
    const path = `/lists/${uuidv7()}`
    expect((await client.put(path, { name: 'Work' })).status).toBe(201)
    expect(await expectNoChanges(() => client.put(path, { name: 'Work' }))).toMatchObject({
      status: 200,
      body: { version: 1 },
    })
    expect(await expectNoChanges(() => client.patch(path, {}))).toMatchObject({ status: 200, body: { version: 1 } })
    expect(await client.put(path, { name: 'Work' }, { headers: { 'If-None-Match': '*' } })).toMatchObject({
      status: 412,
    })
  })

  it('may have the name of another one', async () => {
    await make('Work')
    await make('Work')
    expect(await namesOf()).toEqual(['Work', 'Work'])
  })

  it.each([
    [{}, ['/name']],
    [{ name: '' }, ['/name']],
    [{ name: ' \u3164' }, ['/name']],
    [{ name: 'é'.repeat(101) }, ['/name']],
    [{ name: null }, ['/name']],
    [{ name: 'x', position: '' }, ['/position']],
    [{ name: 'x', position: 'A' }, ['/position']],
    [{ name: 'x', position: 'a0' }, ['/position']],
    [{ name: 'x', position: 'a'.repeat(101) }, ['/position']],
    [{ name: 'x', id: uuidv7() }, ['/id']],
  ])('is refused: %j', async (body, paths) => {
    for (const act of [() => client.post('/lists', body), () => client.put(`/lists/${uuidv7()}`, body)]) {
      const answer = await expectNoChanges(act)
      expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_fields' } })
      expect(answer.body.errors?.map(({ path }) => path)).toEqual(paths)
    }
  })

  it('has a name of up to 100 characters, in NFC', async () => {
    expect((await client.post<List>('/lists', { name: 'e\u0301'.repeat(100) })).body.name).toBe('é'.repeat(100))
    expect((await client.post<List>('/lists', { name: '🔑'.repeat(100) })).status).toBe(201)
  })

  it('is only changed in the version that the client knows', async () => {
    const { id } = await make('Work')
    const path = `/lists/${id}`
    const ifMatch = (tag: string) => ({ headers: { 'If-Match': tag } })
    for (const tag of ['"2"', '1', '']) {
      expect(await expectNoChanges(() => client.patch(path, { name: 'x' }, ifMatch(tag)))).toMatchObject({
        status: 412,
      })
      expect(await expectNoChanges(() => client.put(path, { name: 'x' }, ifMatch(tag)))).toMatchObject({ status: 412 })
    }
    expect((await client.patch(path, { name: 'a' }, ifMatch('W/"1"'))).status).toBe(200)
    expect((await client.put(path, { name: 'b' }, ifMatch('"7", "2"'))).status).toBe(200)
    expect((await client.patch(path, { name: 'c' }, ifMatch('*'))).status).toBe(200)
    expect((await client.put(`/lists/${uuidv7()}`, { name: 'c' }, ifMatch('*'))).status).toBe(412)
    expect((await client.patch(`/lists/${uuidv7()}`, { name: 'c' })).status).toBe(404)
  })

  it('belongs to its owner, whoever else has its id', async () => {
    const mine = await make('mine')
    const bob = (await signUp('bob')).client
    const path = `/lists/${mine.id}`
    expect(await bob.get(path)).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect((await bob.patch(path, { name: 'x' })).status).toBe(404)
    expect((await bob.delete(`${path}?todos=delete`)).status).toBe(404)
    expect(await listsOf(bob)).toEqual([])
    expect(await bob.put(path, { name: 'his' })).toMatchObject({ status: 201, body: { id: mine.id, name: 'his' } })
    expect((await bob.delete(path)).status).toBe(204)
    expect(await listsOf()).toEqual([mine])
  })

  it('is gone with its account', async () => {
    await make('Work')
    expect((await client.delete('/users/me')).status).toBe(204)
    expect(await env.DB.prepare('SELECT count(*) AS n FROM lists').first('n')).toBe(0)
  })
})

describe('all lists', () => {
  it('come in the order of their positions, and those that nobody has moved by their creation', async () => {
    for (const name of ['a', 'b', 'c', 'd']) {
      await make(name)
      advanceClock(1)
    }
    expect(await namesOf()).toEqual(['a', 'b', 'c', 'd'])
    const [a, b, c] = await listsOf()
    await client.patch(`/lists/${c?.id}`, { position: 'h' })
    expect(await namesOf()).toEqual(['c', 'a', 'b', 'd'])
    await client.patch(`/lists/${a?.id}`, { position: `${b?.position}1` })
    expect(await namesOf()).toEqual(['c', 'b', 'a', 'd'])
    await client.patch(`/lists/${c?.id}`, { position: null })
    expect(await namesOf()).toEqual(['b', 'a', 'c', 'd'])
  })

  it('have a weak tag, which is another one after every change', async () => {
    const tags = new Set<string | null>()
    const ask = async () => {
      const { headers } = await client.get('/lists')
      const tag = headers.get('ETag')
      expect(tag).toMatch(/^W\/"[\w-]{43}"$/)
      expect((await client.get('/lists', { headers: { 'If-None-Match': `${tag}` } })).status).toBe(304)
      tags.add(tag)
    }
    await ask()
    const { id } = await make('Work')
    await ask()
    await client.patch(`/lists/${id}`, { name: 'Home' })
    await ask()
    await client.delete(`/lists/${id}`)
    await ask()
    advanceClock(1)
    await client.put(`/lists/${id}`, { name: 'Work' })
    await ask()
    expect(tags.size).toBe(4)
  })
})

describe('room for lists', () => {
  it(`is for ${MAX_LISTS}`, async () => {
    await fill(MAX_LISTS - 1)
    const last = await make('the last one')
    const refused = {
      status: 403,
      body: { code: 'quota_exceeded', errors: [{ path: '', code: 'too_many_lists', message: 'At most 200 lists' }] },
    }
    expect(await expectNoChanges(() => client.post('/lists', { name: 'one too many' }))).toMatchObject(refused)
    expect(await expectNoChanges(() => client.put(`/lists/${uuidv7()}`, { name: 'x' }))).toMatchObject(refused)
    // What is there may change, and makes room when it goes.
    expect((await client.put(`/lists/${last.id}`, { name: 'x' })).status).toBe(200)
    expect((await client.delete(`/lists/${last.id}`)).status).toBe(204)
    expect((await client.post('/lists', { name: 'x' })).status).toBe(201)
    expect((await (await signUp('bob')).client.post('/lists', { name: 'x' })).status).toBe(201)
  })

  it('is not exceeded by 50 who race for the last place', async () => {
    await fill(MAX_LISTS - 1)
    const answers = await together(50, () => client.post('/lists', { name: 'x' }))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 201: 1, 403: 49 })
    expect(await listsOf()).toHaveLength(MAX_LISTS)
  })
})

describe('the race', () => {
  it('of 50 who PUT one id has exactly one that makes the list', async () => {
    const path = `/lists/${uuidv7()}`
    const answers = await together(50, (n) => client.put<List>(path, { name: `${n}` }))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 49, 201: 1 })
    expect(answers.map(({ body }) => body.version).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, n) => n + 1),
    )
    expect(await listsOf()).toMatchObject([{ version: 50 }])
  })

  it('of 50 who change one version has exactly one winner', async () => {
    const { id } = await make('Work')
    const answers = await together(50, (n) =>
      client.patch(`/lists/${id}`, { name: `${n}` }, { headers: { 'If-Match': '"1"' } }),
    )
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 1, 412: 49 })
  })
})
