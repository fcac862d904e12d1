import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { TOMBSTONE_LIFE_MS } from '../../src/todos/changes'
import type { Todo } from '../../src/todos/schemas'
import { setClock } from '../helpers/clock'
import { logIn, signUp, together } from '../helpers/people'
import { expectNoChanges } from '../helpers/storage'

const NOON = Date.parse('2026-12-24T12:00:00.000Z')

describe('restoring a deleted to-do', () => {
  it('brings the to-do back as it was', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    const given = { contents: 'Buy milk', description: 'two', priority: 'high', labels: ['home'], isDone: true }
    const { body: before } = await client.post<Todo>('/todos', { ...given, dueAt: '2026-12-25T00:00:00.000Z' })
    setClock(NOON + 1000)
    await client.delete(`/todos/${before.id}`)
    expect((await client.get<{ todos: Todo[] }>('/todos')).body.todos).toEqual([])
    setClock(NOON + 2000)
    const { status, body } = await client.post<Todo>(`/todos/${before.id}/restore`)
    expect(status).toBe(200)
    expect(body).toEqual({ ...before, updatedAt: '2026-12-24T12:00:02.000Z', version: 3 })
    expect((await client.get(`/todos/${before.id}`)).body).toEqual(body)
    expect((await client.get<{ todos: Todo[] }>('/todos')).body.todos).toEqual([body])
  })

  it('changes nothing when the to-do was not deleted', async () => {
    const { client } = await signUp('alice')
    const { body: todo } = await client.post<Todo>('/todos', { contents: 'Buy milk' })
    const { status, body } = await expectNoChanges(() => client.post(`/todos/${todo.id}/restore`))
    expect({ status, body }).toEqual({ status: 200, body: todo })
  })

  it('happens once when 20 requests race', async () => {
    const { client } = await signUp('alice')
    const { body: todo } = await client.post<Todo>('/todos', { contents: 'Buy milk' })
    await client.delete(`/todos/${todo.id}`)
    const answers = await together(20, () => client.post<Todo>(`/todos/${todo.id}/restore`))
    expect(answers.map(({ status, body }) => [status, body.version])).toEqual(
      Array.from({ length: 20 }, () => [200, 3]),
    )
  })

  it('is possible for 30 days and not longer, even before cron removes the to-do', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    const [one, other] = [uuidv7(), uuidv7()]
    for (const id of [one, other]) {
      await client.put(`/todos/${id}`, { contents: 'Buy milk' })
      await client.delete(`/todos/${id}`)
    }
    setClock(NOON + TOMBSTONE_LIFE_MS - 1)
    const { client: later } = await logIn('alice')
    expect((await later.post(`/todos/${one}/restore`)).status).toBe(200)
    setClock(NOON + TOMBSTONE_LIFE_MS)
    const { status, body } = await expectNoChanges(() => later.post(`/todos/${other}/restore`))
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'not_found' })
  })

  it('answers 404 for to-dos of other users and for unknown ids', async () => {
    const { client: alice } = await signUp('alice')
    const { client: bob } = await signUp('bob')
    const { body: todo } = await alice.post<Todo>('/todos', { contents: 'Buy milk' })
    await alice.delete(`/todos/${todo.id}`)
    for (const id of [todo.id, uuidv7()]) {
      const { status } = await expectNoChanges(() => bob.post(`/todos/${id}/restore`))
      expect(status).toBe(404)
    }
  })
})

describe('a deleted to-do', () => {
  it('cannot be read, changed or deleted any more', async () => {
    const { client } = await signUp('alice')
    const { body: todo } = await client.post<Todo>('/todos', { contents: 'Buy milk' })
    const path = `/todos/${todo.id}`
    expect((await client.delete(path)).status).toBe(204)
    const answers = await expectNoChanges(async () => [
      await client.get(path),
      await client.patch(path, { isDone: true }),
      await client.delete(path),
    ])
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404])
  })

  it('is a new one when it is put again', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    const { body: todo } = await client.post<Todo>('/todos', { contents: 'Buy milk', isDone: true, labels: ['home'] })
    await client.delete(`/todos/${todo.id}`)
    setClock(NOON + 1000)
    const again = await client.put<Todo>(`/todos/${todo.id}`, { contents: 'Buy bread', isDone: true })
    const at = '2026-12-24T12:00:01.000Z'
    expect(again).toMatchObject({
      status: 201,
      body: { contents: 'Buy bread', labels: [], createdAt: at, updatedAt: at, completedAt: at, version: 3 },
    })
  })
})
