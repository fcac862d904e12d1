import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { IDEMPOTENCY_KEY_LIFE_MS } from '../../src/todos/idempotency'
import type { Todo } from '../../src/todos/schemas'
import type { Change } from '../../src/todos/sync-schemas'
import { noLimit } from '../helpers/bindings'
import { type Client, clientOf } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { logIn, signUp, tally, together } from '../helpers/people'
import { expectNoChanges } from '../helpers/storage'

const MILK = { contents: 'Buy milk', labels: ['home'] }

const create = (client: Client, key: string, body: unknown = MILK) =>
  client.post<Todo>('/todos', body, { headers: { 'Idempotency-Key': key } })

const replayed = ({ headers }: { headers: Headers }) => headers.get('Idempotent-Replayed')
const count = () => env.DB.prepare('SELECT count(*) AS count FROM todos').first('count')

describe('an Idempotency-Key', () => {
  it('makes one to-do when it is sent twice', async () => {
    const { client } = await signUp('alice')
    const first = await create(client, 'a-key')
    expect([first.status, replayed(first)]).toEqual([201, null])
    const second = await expectNoChanges(() => create(client, 'a-key'))
    expect([second.status, replayed(second)]).toEqual([201, 'true'])
    expect(second.body).toEqual(first.body)
    for (const name of ['ETag', 'Location']) expect(second.headers.get(name)).toBe(first.headers.get(name))
  })

  it('makes one to-do when 100 requests race, and answers all of them with it', async () => {
    const { client } = await signUp('alice')
    const answers = await together(100, () => create(client, 'a-key'))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 201: 100 })
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    expect(answers.filter((answer) => replayed(answer) === null)).toHaveLength(1)
    expect(await count()).toBe(1)
  })

  it('makes one of two to-dos that race, and refuses the other', async () => {
    const { client } = await signUp('alice')
    const answers = await together(20, (n) => create(client, 'a-key', { contents: `${n % 2}` }))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 201: 10, 422: 10 })
    expect(await count()).toBe(1)
  })

  it('treats another spelling of the same to-do as the same', async () => {
    const { client } = await signUp('alice')
    const first = await create(client, 'a-key')
    const second = await create(client, 'a-key', '{ "labels": ["home"],\n "isDone": false, "contents": "Buy milk" }')
    expect(second.status).toBe(415)
    const headers = { 'Idempotency-Key': 'a-key', 'Content-Type': 'application/json' }
    const third = await client.post<Todo>(
      '/todos',
      '{ "labels": ["home"],\n "isDone": false, "contents": "Buy milk" }',
      {
        headers,
      },
    )
    expect([third.status, replayed(third), third.body.id]).toEqual([201, 'true', first.body.id])
    await create(client, 'due', { ...MILK, dueAt: '2026-12-24T18:00:00Z' })
    const due = await create(client, 'due', { ...MILK, dueAt: '2026-12-24T19:00:00.000+01:00' })
    expect([due.status, replayed(due)]).toEqual([201, 'true'])
  })

  it('is refused for a different to-do, and nothing is made', async () => {
    const { client } = await signUp('alice')
    await create(client, 'a-key')
    const { status, body } = await expectNoChanges(() => create(client, 'a-key', { contents: 'Buy bread' }))
    expect({ status, body }).toMatchObject({
      status: 422,
      body: { code: 'invalid_fields', errors: [{ path: '/Idempotency-Key', code: 'reused' }] },
    })
  })

  it('answers with the to-do as it is now, or as it was when it was deleted', async () => {
    const { client } = await signUp('alice')
    const { body } = await create(client, 'a-key')
    await client.patch(`/todos/${body.id}`, { isDone: true })
    expect((await create(client, 'a-key')).body).toMatchObject({ id: body.id, isDone: true, version: 2 })
    await client.delete(`/todos/${body.id}`)
    expect((await create(client, 'a-key')).body).toMatchObject({ id: body.id, isDone: true, version: 3 })
    expect((await client.get(`/todos/${body.id}`)).status).toBe(404)
  })

  it('belongs to one user, on all devices', async () => {
    const { client: alice } = await signUp('alice')
    const { client: bob } = await signUp('bob')
    const [hers, his] = [await create(alice, 'a-key'), await create(bob, 'a-key', { contents: 'Buy bread' })]
    expect([his.status, replayed(his), his.body.contents]).toEqual([201, null, 'Buy bread'])
    const { client: phone } = await logIn('alice')
    expect((await create(phone, 'a-key')).body).toEqual(hers.body)
  })

  it('is forgotten after 24 hours, even before cron removes it', async () => {
    const start = Date.now()
    setClock(start)
    const { client } = await signUp('alice')
    const { body: first } = await create(client, 'a-key')
    setClock(start + IDEMPOTENCY_KEY_LIFE_MS - 1)
    const { client: later } = await logIn('alice')
    expect((await create(later, 'a-key')).body.id).toBe(first.id)
    setClock(start + IDEMPOTENCY_KEY_LIFE_MS)
    const again = await create(later, 'a-key', { contents: 'Buy bread' })
    expect([again.status, replayed(again)]).toEqual([201, null])
    expect(again.body.id).not.toBe(first.id)
    expect((await create(later, 'a-key', { contents: 'Buy bread' })).body.id).toBe(again.body.id)
  })

  it('is not used up by a refused request', async () => {
    const { client } = await signUp('alice')
    expect((await create(client, 'a-key', { contents: '' })).status).toBe(422)
    const answer = await create(client, 'a-key')
    expect([answer.status, replayed(answer)]).toEqual([201, null])
  })

  it('makes no to-do for a session that has ended', async () => {
    const { client } = await signUp('alice')
    await env.DB.prepare('DELETE FROM sessions').run()
    const { status } = await expectNoChanges(() => create(client, 'a-key'))
    expect(status).toBe(401)
  })

  it.each([
    ['1 character', '!', 201],
    ['255 characters', 'k'.repeat(255), 201],
    ['256 characters', 'k'.repeat(256), 422],
    ['no characters', '', 422],
    ['a space', 'a key', 422],
    ['a letter outside ASCII', 'clé', 422],
    ['the form of the draft', '"8e03978e-40d5-43e8-bc93-6894a57f9324"', 201],
  ])('is accepted or refused because of its form: %s', async (_, key, status) => {
    const { client } = await signUp('alice')
    const answer = await create(client, key)
    expect(answer.status).toBe(status)
    if (status === 422) {
      expect(answer.body).toMatchObject({ errors: [{ path: '/Idempotency-Key', code: 'invalid_format' }] })
    }
    expect(await count()).toBe(status === 201 ? 1 : 0)
  })
})

interface Results {
  results: Change[]
}

const batchOf = (client: Client, key: string, operations: object[]) =>
  client.post<Results>('/todos/batch', { operations }, { headers: { 'Idempotency-Key': key } })

/** Alice, with one to-do that is not done yet. */
async function aliceWithMilk() {
  const { client } = await signUp('alice', clientOf({ BATCH_LIMIT: noLimit }))
  return { client, milk: (await client.post<Todo>('/todos', MILK)).body }
}

describe('an Idempotency-Key of a batch', () => {
  it('does the batch once when it is sent twice, and answers with the same ids', async () => {
    const { client, milk } = await aliceWithMilk()
    const tea = (await client.post<Todo>('/todos', { contents: 'Buy tea' })).body
    const operations = [
      { op: 'create', todo: { contents: 'Buy bread' } },
      { op: 'update', id: milk.id, patch: { isDone: true }, ifMatch: '"1"' },
      { op: 'create', id: uuidv7(), todo: { contents: 'Buy salt' } },
      { op: 'delete', id: tea.id, ifMatch: '"1"' },
      { op: 'create', todo: { contents: 'Buy rice' } },
    ]
    const first = await batchOf(client, 'a-key', operations)
    expect([first.status, replayed(first)]).toEqual([200, null])
    expect(first.body.results).toMatchObject([
      { todo: { contents: 'Buy bread', version: 1 } },
      { todo: { id: milk.id, isDone: true, version: 2 } },
      { todo: { contents: 'Buy salt' } },
      { id: tea.id },
      { todo: { contents: 'Buy rice' } },
    ])
    const second = await expectNoChanges(() => batchOf(client, 'a-key', operations))
    expect([second.status, replayed(second)]).toEqual([200, 'true'])
    expect(second.body).toEqual(first.body)
  })

  it('does one batch when 100 requests race, whatever is in it', async () => {
    const { client, milk } = await aliceWithMilk()
    const batches: [key: string, operations: object[]][] = [
      ['new', [{ op: 'create', todo: MILK }]],
      ['own', [{ op: 'create', id: uuidv7(), todo: MILK }]],
      ['change', [{ op: 'update', id: milk.id, patch: { contents: 'Buy oat milk' }, ifMatch: '"1"' }]],
      ['deletion', [{ op: 'delete', id: milk.id }]],
    ]
    for (const [key, operations] of batches) {
      const answers = await together(100, () => batchOf(client, key, operations))
      expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 100 })
      expect(answers.filter((answer) => replayed(answer) === null)).toHaveLength(1)
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    }
    expect(await count()).toBe(3)
    expect((await batchOf(client, 'deletion', [{ op: 'delete', id: milk.id }])).body.results).toHaveLength(1)
    expect((await client.post<Todo>(`/todos/${milk.id}/restore`)).body).toMatchObject({ version: 4 })
  })

  it('does one of two batches that race, and refuses the other', async () => {
    const { client, milk } = await aliceWithMilk()
    const answers = await together(20, (n) =>
      batchOf(client, 'a-key', [{ op: 'update', id: milk.id, patch: { contents: `${n % 2}` } }]),
    )
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 10, 422: 10 })
    expect((await client.get<Todo>(`/todos/${milk.id}`)).body.version).toBe(2)
  })

  it('is one namespace with that of a new to-do', async () => {
    const { client } = await signUp('alice')
    const operations = [{ op: 'create', todo: MILK }]
    await create(client, 'a-key')
    await batchOf(client, 'b-key', operations)
    const answers = [
      await expectNoChanges(() => batchOf(client, 'a-key', operations)),
      await expectNoChanges(() => create(client, 'b-key')),
      await expectNoChanges(() => batchOf(client, 'b-key', [...operations, ...operations])),
    ]
    for (const { status, body } of answers) {
      expect({ status, body }).toMatchObject({
        status: 422,
        body: { errors: [{ path: '/Idempotency-Key', code: 'reused' }] },
      })
    }
  })

  it('answers with the to-dos as they are now, or when they were deleted', async () => {
    const { client, milk } = await aliceWithMilk()
    const operations = [
      { op: 'create', todo: { contents: 'Buy bread' } },
      { op: 'update', id: milk.id, patch: { isDone: true } },
    ]
    const [bread] = (await batchOf(client, 'a-key', operations)).body.results
    const id = bread && 'todo' in bread ? bread.todo.id : ''
    await client.patch(`/todos/${id}`, { contents: 'Buy rye bread' })
    await client.delete(`/todos/${milk.id}`)
    const { body } = await expectNoChanges(() => batchOf(client, 'a-key', operations))
    expect(body.results).toMatchObject([
      { todo: { id, contents: 'Buy rye bread', version: 2 } },
      { id: milk.id, deletedAt: expect.any(String) },
    ])
  })

  it('is not used up by a batch that is refused', async () => {
    const { client, milk } = await aliceWithMilk()
    const operations = (ifMatch: string) => [
      { op: 'create', todo: MILK },
      { op: 'update', id: milk.id, patch: { isDone: true }, ifMatch },
    ]
    const refused = await expectNoChanges(() => batchOf(client, 'a-key', operations('"2"')))
    expect(refused).toMatchObject({ status: 412, body: { errors: [{ path: '/operations/1/ifMatch' }] } })
    const own = [{ op: 'create', id: milk.id, todo: MILK }]
    expect(await expectNoChanges(() => batchOf(client, 'a-key', own))).toMatchObject({
      status: 412,
      body: { errors: [{ path: '/operations/0/id' }] },
    })
    const answer = await batchOf(client, 'a-key', operations('"1"'))
    expect([answer.status, replayed(answer)]).toEqual([200, null])
  })

  it('does nothing for a session that has ended, and is refused when it is malformed', async () => {
    const { client } = await signUp('alice')
    const { status, body } = await batchOf(client, 'a key', [{ op: 'create', todo: MILK }])
    expect({ status, body }).toMatchObject({ status: 422, body: { errors: [{ path: '/Idempotency-Key' }] } })
    await env.DB.prepare('DELETE FROM sessions').run()
    expect((await expectNoChanges(() => batchOf(client, 'a-key', [{ op: 'create', todo: MILK }]))).status).toBe(401)
  })

  it('is forgotten after 24 hours', async () => {
    const start = Date.now()
    setClock(start)
    const { client } = await signUp('alice')
    const operations = [{ op: 'create', todo: MILK }]
    await batchOf(client, 'a-key', operations)
    setClock(start + IDEMPOTENCY_KEY_LIFE_MS - 1)
    const { client: later } = await logIn('alice')
    expect(replayed(await batchOf(later, 'a-key', operations))).toBe('true')
    setClock(start + IDEMPOTENCY_KEY_LIFE_MS)
    expect(replayed(await batchOf(later, 'a-key', operations))).toBe(null)
    expect(await count()).toBe(2)
  })
})
