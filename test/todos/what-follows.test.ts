import { v7 as uuidv7 } from 'uuid'
import { beforeEach, describe, expect, it } from 'vitest'
import { nextIdOf } from '../../src/todos/derived-id'
import type { Todo } from '../../src/todos/schemas'
import type { ProblemBody } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { type Person, signUp } from '../helpers/people'

/*
 * One statement does what was asked for and what follows from that. Neither must undo the other's work, and nobody may guess what follows
 * and be there first.
 */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const DAILY = { due: '2026-12-01', recurrence: 'FREQ=DAILY' }
let alice: Person

beforeEach(async () => {
  setClock(NOON)
  alice = await signUp('alice')
})

const make = async (todo: Partial<Todo>, { client }: Person = alice): Promise<Todo> => {
  const { status, body } = await client.post<Todo>('/todos', { contents: 'a to-do', ...todo })
  expect(status).toBe(201)
  return body
}
const get = async (id: string, { client }: Person = alice) => (await client.get<Todo>(`/todos/${id}`)).body
const nextOf = ({ id }: Todo, { user }: Person = alice) => nextIdOf(user.id, id)
const complete = (id: string) => alice.client.patch<Todo>(`/todos/${id}`, { isDone: true })
const batch = (...operations: object[]) => alice.client.post<ProblemBody>('/todos/batch', { operations })
const update = (id: string, patch: Partial<Todo>) => ({ op: 'update', id, patch })
const restore = (id: string) => ({ op: 'restore', id })
const subtasksOf = async ({ id }: Todo) =>
  (await alice.client.get<{ todos: Todo[] }>(`/todos?limit=100&parentId=${id}`)).body.todos
const allOf = async () => (await alice.client.get<{ todos: Todo[] }>('/todos?limit=100')).body.todos

describe('the next one of a to-do that comes again', () => {
  it('writes into no to-do of somebody who has taken the id of a subtask of it', async () => {
    const bob = await signUp('bob')
    const mother = await make(DAILY)
    const child = await make({ contents: 'a secret', parentId: mother.id })
    const taken = await nextOf(child)
    await bob.client.put(`/todos/${taken}`, { contents: "Bob's" })
    const before = await get(taken, bob)
    expect((await complete(mother.id)).status).toBe(200)
    expect(await get(taken, bob)).toEqual(before)
    expect(await get(await nextOf(mother))).toMatchObject({ due: '2026-12-02' })
  })

  it('has an id that nobody can work out from that of the one before alone', async () => {
    const bob = await signUp('bob')
    const todo = await make(DAILY)
    await bob.client.put(`/todos/${await nextIdOf(bob.user.id, todo.id)}`, { contents: "Bob's" })
    await complete(todo.id)
    expect((await allOf()).map(({ due }) => due)).toEqual(['2026-12-01', '2026-12-02'])
  })

  it('leaves a to-do alone that has the id of a subtask of it', async () => {
    const mother = await make(DAILY)
    const child = await make({ parentId: mother.id })
    const other = await nextOf(child)
    await alice.client.put(`/todos/${other}`, { contents: 'another one' })
    const below = await make({ parentId: other })
    await complete(mother.id)
    expect(await get(other)).toMatchObject({ contents: 'another one', parentId: null })
    expect(await get(below.id)).toMatchObject({ parentId: other })
  })

  it('has no subtasks if the same request makes it as one', async () => {
    const [mother, other] = [await make(DAILY), await make({})]
    await make({ parentId: mother.id })
    const next = await nextOf(mother)
    await batch(update(mother.id, { isDone: true }), {
      op: 'put',
      id: next,
      todo: { contents: 'next', parentId: other.id },
    })
    expect(await get(next)).toMatchObject({ contents: 'next', parentId: other.id })
    expect((await allOf()).filter(({ parentId }) => parentId === next)).toEqual([])
  })

  it.each([
    ['changes it', (next: string) => update(next, { contents: 'mine' })],
    ['puts something under it', (next: string) => ({ op: 'create', todo: { contents: 'part', parentId: next } })],
    ['changes a subtask of it', (_: string, part: string) => update(part, { contents: 'mine' })],
  ])('stays, as the one that comes again, if the request that opens the one before %s', async (_, operationFor) => {
    const mother = await make(DAILY)
    const child = await make({ parentId: mother.id })
    await complete(mother.id)
    const next = await nextOf(mother)
    const { status } = await batch(update(mother.id, { isDone: false }), operationFor(next, await nextOf(child)))
    expect(status).toBe(200)
    expect(await get(next)).toMatchObject({ isDone: false, recurrence: 'FREQ=DAILY' })
    expect(await get(mother.id)).toMatchObject({ isDone: false, recurrence: null })
  })

  it('goes, if the request that opens the one before deletes it', async () => {
    const mother = await make(DAILY)
    await complete(mother.id)
    const next = await nextOf(mother)
    await batch(update(mother.id, { isDone: false }), { op: 'delete', id: next })
    expect(await allOf()).toMatchObject([{ id: mother.id, isDone: false, recurrence: 'FREQ=DAILY' }])
  })
})

describe('the year 9999', () => {
  it.each(['9999-12-31', '9999-12-31T23:00:00[UTC]', '9999-12-31T05:00:00[Pacific/Kiritimati]'])(
    'is the last one in which something comes again: %s',
    async (due) => {
      const todo = await make({ due, recurrence: 'FREQ=DAILY' })
      expect((await complete(todo.id)).status).toBe(200)
      expect(await allOf()).toMatchObject([{ id: todo.id, isDone: true }])
    },
  )

  it('is the last one in which a subtask of the next one is due', async () => {
    const mother = await make(DAILY)
    const times = ['9999-12-30', '9999-12-31', '9999-12-31T05:00:00[Pacific/Kiritimati]']
    for (const due of times) await make({ contents: due, due, parentId: mother.id })
    await complete(mother.id)
    const parts = await subtasksOf({ ...mother, id: await nextOf(mother) })
    expect(Object.fromEntries(parts.map(({ contents, due }) => [contents, due]))).toEqual({
      [times[0] ?? '']: '9999-12-31',
      [times[1] ?? '']: null,
      [times[2] ?? '']: null,
    })
  })
})

describe('a restored subtask', () => {
  it('stands by itself if its parent becomes a subtask in the same request', async () => {
    const [mother, other] = [await make({}), await make({})]
    const child = await make({ parentId: mother.id })
    await alice.client.delete(`/todos/${child.id}`)
    await batch(update(mother.id, { parentId: other.id }), restore(child.id))
    expect(await get(mother.id)).toMatchObject({ parentId: other.id })
    expect(await get(child.id)).toMatchObject({ parentId: null })
  })

  it('comes back while there is room, and stands by itself after that', async () => {
    const mother = await make({})
    const old = await makeSubtasks(mother, 100, 'old')
    await batch(...old.map((id) => ({ op: 'delete', id })))
    await makeSubtasks(mother, 99, 'new')
    const [first = '', ...others] = old
    await batch(restore(first))
    await batch(...others.map(restore))
    expect(await subtasksOf(mother)).toHaveLength(100)
    expect(await get(first)).toMatchObject({ parentId: mother.id })
    expect(await get(others[0] ?? '')).toMatchObject({ parentId: null })
  })

  it('comes back with its parent, with all others, whether the request names it or not', async () => {
    const mother = await make({})
    const ids = await makeSubtasks(mother, 100, 'part')
    await alice.client.delete(`/todos/${mother.id}`)
    await batch(restore(mother.id), ...ids.slice(0, 60).map(restore))
    expect(await subtasksOf(mother)).toHaveLength(100)
  })
})

async function makeSubtasks({ id: parentId }: Todo, count: number, contents: string) {
  const ids = Array.from({ length: count }, () => uuidv7())
  const { status } = await batch(...ids.map((id) => ({ op: 'create', id, todo: { contents, parentId } })))
  expect(status).toBe(200)
  return ids
}

it('counts the subtasks that the same request changes or restores, when it makes more', async () => {
  const mother = await make({})
  const ids = await makeSubtasks(mother, 51, 'part')
  await makeSubtasks(mother, 49, 'part')
  const changed = ids.slice(0, 50).map((id) => update(id, { contents: 'changed' }))
  const made = Array.from({ length: 50 }, () => ({ op: 'create', todo: { contents: 'more', parentId: mother.id } }))
  const { status, body } = await batch(...changed, ...made)
  expect([status, body.errors?.[0]?.code]).toEqual([422, 'too_many_subtasks'])
  await batch(...ids.map((id) => ({ op: 'delete', id })))
  const restored = await batch(...ids.slice(0, 50).map(restore), ...made)
  expect([restored.status, restored.body.errors?.[0]?.code]).toEqual([422, 'too_many_subtasks'])
})
