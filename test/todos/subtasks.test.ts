import { v7 as uuidv7 } from 'uuid'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Todo } from '../../src/todos/schemas'
import type { Client, ProblemBody } from '../helpers/client'
import { advanceClock, setClock } from '../helpers/clock'
import { signUp, together } from '../helpers/people'
import { expectNoChanges } from '../helpers/storage'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
let client: Client

beforeEach(async () => {
  setClock(NOON)
  client = (await signUp('alice')).client
})

const make = async (todo: Partial<Todo>) =>
  (await client.post<Todo>('/todos', { contents: 'Move house', ...todo })).body
const get = async (id: string) => (await client.get<Todo>(`/todos/${id}`)).body
const statusOf = async (id: string) => (await client.get(`/todos/${id}`)).status
const change = (id: string, patch: Partial<Todo>) => client.patch<Todo & ProblemBody>(`/todos/${id}`, patch)

/** A to-do with two subtasks. */
async function family(parent: Partial<Todo> = {}) {
  const mother = await make(parent)
  const boxes = await make({ contents: 'Boxes', parentId: mother.id })
  const van = await make({ contents: 'Van', parentId: mother.id })
  return { mother, boxes, van }
}

const refusalOf = ({ status, body }: { status: number; body: ProblemBody }) => [
  status,
  body.errors?.[0]?.path,
  body.errors?.[0]?.code,
]

describe('a subtask', () => {
  it('is completed and opened again with its parent, and not if it was done before', async () => {
    const { mother, boxes, van } = await family()
    await change(van.id, { isDone: true })
    advanceClock(1000)
    await change(mother.id, { isDone: true })
    const done = await get(boxes.id)
    expect(done).toMatchObject({ isDone: true, completedAt: (await get(mother.id)).completedAt, version: 2 })
    advanceClock(1000)
    await change(mother.id, { isDone: false })
    expect([(await get(boxes.id)).isDone, (await get(van.id)).isDone]).toEqual([false, true])
  })

  it('is deleted and restored with its parent, and not if it was deleted before', async () => {
    const { mother, boxes, van } = await family()
    await client.delete(`/todos/${van.id}`)
    advanceClock(1000)
    await client.delete(`/todos/${mother.id}`)
    expect([await statusOf(boxes.id), await statusOf(van.id)]).toEqual([404, 404])
    advanceClock(1000)
    await client.post(`/todos/${mother.id}/restore`)
    expect([await statusOf(boxes.id), await statusOf(van.id)]).toEqual([200, 404])
    expect((await get(boxes.id)).parentId).toBe(mother.id)
  })

  it('is a to-do of its own when it is restored and its parent is gone', async () => {
    const { mother, boxes } = await family()
    await client.delete(`/todos/${boxes.id}`)
    await client.delete(`/todos/${mother.id}`)
    const { body } = await client.post<Todo>(`/todos/${boxes.id}/restore`)
    expect(body.parentId).toBeNull()
  })

  it('comes back under its parent when both are restored in one batch', async () => {
    const { mother, boxes } = await family()
    await client.delete(`/todos/${boxes.id}`)
    advanceClock(1000)
    await client.delete(`/todos/${mother.id}`)
    const operations = [boxes, mother].map(({ id }) => ({ op: 'restore', id }))
    await client.post('/todos/batch', { operations })
    expect((await get(boxes.id)).parentId).toBe(mother.id)
  })

  it('is made in the same batch as its parent', async () => {
    const [parentId, id] = [uuidv7(), uuidv7()]
    const operations = [
      { op: 'create', id, todo: { contents: 'Boxes', parentId } },
      { op: 'put', id: parentId, todo: { contents: 'Move house' } },
    ]
    expect((await client.post('/todos/batch', { operations })).status).toBe(200)
    expect((await get(id)).parentId).toBe(parentId)
  })

  it('becomes a to-do of its own, and goes under another one', async () => {
    const { boxes } = await family()
    const other = await make({})
    expect((await change(boxes.id, { parentId: null })).body.parentId).toBeNull()
    expect((await change(boxes.id, { parentId: other.id })).body.parentId).toBe(other.id)
  })

  it('has no subtasks itself, in whatever order that is tried', async () => {
    const { mother, boxes } = await family()
    const other = await make({})
    const tooDeep = [422, '/parentId', 'nested_too_deep']
    expect(refusalOf(await change(other.id, { parentId: boxes.id }))).toEqual(tooDeep)
    expect(refusalOf(await change(mother.id, { parentId: other.id }))).toEqual(tooDeep)
    expect(refusalOf(await change(other.id, { parentId: other.id }))).toEqual(tooDeep)
    const third = await make({})
    const operations = [
      { op: 'update', id: other.id, patch: { parentId: third.id } },
      { op: 'update', id: third.id, patch: { parentId: mother.id } },
    ]
    const batch = await client.post<ProblemBody>('/todos/batch', { operations })
    expect(refusalOf(batch)).toEqual([422, '/operations/0/patch/parentId', 'nested_too_deep'])
  })

  it('needs a parent that is there, and is the same person’s', async () => {
    const { client: bob } = await signUp('bob')
    const { body: foreign } = await bob.post<Todo>('/todos', { contents: 'a' })
    const gone = await make({})
    await client.delete(`/todos/${gone.id}`)
    for (const parentId of [foreign.id, gone.id, uuidv7()]) {
      const answer = await expectNoChanges(() => client.post<ProblemBody>('/todos', { contents: 'a', parentId }))
      expect(refusalOf(answer)).toEqual([422, '/parentId', 'no_such_parent'])
    }
    const { mother, boxes } = await family()
    const operations = [
      { op: 'delete', id: mother.id },
      { op: 'update', id: boxes.id, patch: { contents: 'Ten boxes' } },
    ]
    const batch = await client.post<ProblemBody>('/todos/batch', { operations })
    expect(refusalOf(batch)).toEqual([422, '/operations/1/patch/parentId', 'no_such_parent'])
  })

  it('is one of at most 100', async () => {
    const mother = await make({})
    const batchOf = (count: number) => ({
      operations: Array.from({ length: count }, () => ({ op: 'create', todo: { contents: 'a', parentId: mother.id } })),
    })
    expect((await client.post('/todos/batch', batchOf(99))).status).toBe(200)
    expect(refusalOf(await client.post<ProblemBody>('/todos/batch', batchOf(2)))).toEqual([
      422,
      '/operations/0/todo/parentId',
      'too_many_subtasks',
    ])
    const answers = await together(5, () => client.post('/todos', { contents: 'a', parentId: mother.id }))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422, 422, 422, 422])
  })

  it('does not come again by itself', async () => {
    const { boxes } = await family()
    const again = { due: '2026-12-01', recurrence: 'FREQ=DAILY' }
    const refused = [422, '/recurrence', 'recurrence_of_subtask']
    expect(refusalOf(await change(boxes.id, again))).toEqual(refused)
    const daily = await make(again)
    expect(refusalOf(await change(daily.id, { parentId: (await make({})).id }))).toEqual(refused)
  })

  it('never stays behind when its parent is deleted at the same moment', async () => {
    const { mother } = await family()
    await Promise.all([
      together(10, () => client.post('/todos', { contents: 'late', parentId: mother.id })),
      client.delete(`/todos/${mother.id}`),
    ])
    const { todos } = (await client.get<{ todos: Todo[] }>('/todos')).body
    expect(todos).toEqual([])
  })

  it('is in the changes when its parent is completed, deleted and restored', async () => {
    const { mother, boxes, van } = await family()
    type Page = { changes: ({ todo: Todo } | { id: string })[]; nextToken: string }
    let { nextToken } = (await client.get<Page>('/todos/changes')).body
    for (const act of [
      () => change(mother.id, { isDone: true }),
      () => client.delete(`/todos/${mother.id}`),
      () => client.post(`/todos/${mother.id}/restore`),
    ]) {
      await act()
      const { body } = await client.get<Page>(`/todos/changes?since=${nextToken}`)
      const ids = body.changes.map((one) => ('todo' in one ? one.todo.id : one.id))
      expect(ids.sort()).toEqual([mother.id, boxes.id, van.id].sort())
      nextToken = body.nextToken
    }
  })
})

describe('the subtasks of a to-do that comes again', () => {
  it('come again with it, open, and as much later', async () => {
    const mother = await make({ due: '2026-12-01', recurrence: 'FREQ=WEEKLY' })
    const early = await make({ contents: 'Early', parentId: mother.id, due: '2026-11-30T18:00:00[Asia/Seoul]' })
    const done = await make({ contents: 'Done', parentId: mother.id, isDone: true, labels: ['home'] })
    advanceClock(1000)
    await change(mother.id, { isDone: true })
    const { todos } = (await client.get<{ todos: Todo[] }>('/todos?isDone=false')).body
    const next = todos.find(({ parentId }) => parentId === null)
    expect(next).toMatchObject({ due: '2026-12-08', recurrence: 'FREQ=WEEKLY', isDone: false })
    const parts = todos.filter(({ parentId }) => parentId === next?.id)
    expect(parts.map(({ contents, due, labels }) => [contents, due, labels]).sort()).toEqual([
      ['Done', null, ['home']],
      ['Early', '2026-12-07T18:00:00[Asia/Seoul]', []],
    ])
    expect([(await get(early.id)).isDone, (await get(done.id)).isDone]).toEqual([true, true])
    advanceClock(1000)
    await change(mother.id, { isDone: false })
    const back = (await client.get<{ todos: Todo[] }>('/todos?isDone=false')).body.todos
    expect(back.map(({ id }) => id).sort()).toEqual([mother.id, early.id].sort())
  })
})
