import { describe, expect, it } from 'vitest'
import { createClient } from '../../packages/client/src/client'
import { createOfflineTodos, memoryStore, type OfflineTodos } from '../../packages/client/src/offline'
import { makeBatch } from '../../packages/client/src/offline/batches'
import type { Entry, State } from '../../packages/client/src/offline/entry'
import { newFields, type Todo, type TodoFields } from '../../packages/client/src/offline/fields'
import { ORIGIN } from '../helpers/client'

const TIME = '2026-11-26T10:00:00.000Z'
const EARLIER = '2026-11-20T10:00:00.000Z'
const [PARENT, FIRST, SECOND, OTHER] = ['1', '2', '3', '4'].map(
  (end) => `019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e1${end}`,
) as [string, string, string, string]

const todo = (id: string, fields: Partial<TodoFields> = {}): Todo => ({
  ...newFields({ contents: id.slice(-1), ...fields }),
  id,
  dueAt: null,
  completedAt: fields.isDone ? TIME : null,
  createdAt: TIME,
  updatedAt: TIME,
  version: 1,
})

type Known = { fields?: Partial<TodoFields>; todo?: Partial<Todo>; deletedAt?: string }

/** A device that knows a parent with two subtasks, and another to-do. */
async function device(known: Record<string, Known> = {}): Promise<{ todos: OfflineTodos; entries: () => Entry[] }> {
  const parts: Record<string, Known> = { [PARENT]: {}, [FIRST]: {}, [SECOND]: {}, [OTHER]: {} }
  const texts = new Map<string, string>()
  for (const id of Object.keys(parts)) {
    const { fields, todo: more, deletedAt } = known[id] ?? {}
    const parentId = id === FIRST || id === SECOND ? PARENT : null
    const server = { ...todo(id, { parentId, ...fields }), ...more }
    texts.set(`me/todo/${id}`, JSON.stringify({ id, server, ...(deletedAt && { deletedAt }) }))
  }
  const todos = await createOfflineTodos({ client: createClient(ORIGIN), userId: 'me', store: memoryStore(texts) })
  const entries = () => [...texts].flatMap(([key, text]) => (key.startsWith('me/todo/') ? [JSON.parse(text)] : []))
  return { todos, entries }
}

const shown = (todos: OfflineTodos) =>
  todos.list().map(({ id, isDone, state }) => `${id.slice(-1)} ${isDone ? 'done' : 'open'} ${state}`)

function batchOf(entries: Entry[], most = 100) {
  const { batch, changes } = makeBatch(new Map(entries.map((entry) => [entry.id, entry])), most, () => true)
  const sent: Record<string, State | undefined> = {}
  for (const { id, after } of changes) sent[id.slice(-1)] = after?.sent
  return { operations: batch.operations.map(({ op, id }) => `${op} ${id.slice(-1)}`), sent }
}

describe('a parent takes its subtasks along', () => {
  it('when it is completed, and when that is undone, which leaves nothing to send', async () => {
    const { todos } = await device()
    await todos.update(PARENT, { isDone: true })
    expect(shown(todos)).toEqual(['1 done waiting', '2 done waiting', '3 done waiting', '4 open synced'])
    const times = todos.list().map(({ completedAt }) => completedAt)
    expect(new Set(times.slice(0, 3)).size).toBe(1)
    await todos.update(PARENT, { contents: 'Shop' })
    await todos.update(PARENT, { isDone: false, contents: '1' })
    expect(shown(todos)).toEqual(['1 open synced', '2 open synced', '3 open synced', '4 open synced'])
    expect(todos.pending).toEqual([])
  })

  it('when it is reopened, but for those that were done before it', async () => {
    const done = { fields: { isDone: true } }
    const { todos } = await device({
      [PARENT]: done,
      [FIRST]: done,
      [SECOND]: { ...done, todo: { completedAt: EARLIER } },
    })
    await todos.update(PARENT, { isDone: false })
    expect(shown(todos).slice(0, 3)).toEqual(['1 open waiting', '2 open waiting', '3 done synced'])
  })

  it('when it is deleted and restored, but for those that were deleted before it', async () => {
    const { todos } = await device({ [SECOND]: { deletedAt: EARLIER } })
    await todos.delete(PARENT)
    expect(shown(todos)).toEqual(['4 open synced'])
    await todos.restore(PARENT)
    expect(shown(todos)).toEqual(['1 open synced', '2 open synced', '4 open synced'])
  })

  it('when it was deleted elsewhere and is restored here', async () => {
    const deleted = { deletedAt: TIME }
    const { todos } = await device({ [PARENT]: deleted, [FIRST]: deleted, [SECOND]: { deletedAt: EARLIER } })
    await todos.restore(PARENT)
    expect(shown(todos)).toEqual(['1 open waiting', '2 open waiting', '4 open synced'])
    expect(todos.get(FIRST)?.parentId).toBe(PARENT)
  })

  it('to another list, whatever the subtask names itself', async () => {
    const { todos } = await device()
    const listId = OTHER
    await todos.update(PARENT, { listId })
    expect(todos.get(FIRST)).toMatchObject({ listId })
    expect(await todos.update(FIRST, { listId: null })).toMatchObject({ listId })
    expect(await todos.create({ contents: 'New', parentId: PARENT })).toMatchObject({ listId })
  })

  it('but a subtask that is restored alone is a to-do of its own', async () => {
    const { todos } = await device()
    await todos.delete(PARENT)
    expect(await todos.restore(FIRST)).toMatchObject({ parentId: null, state: 'waiting' })
  })
})

describe('a batch', () => {
  it('sends the parent alone, and knows what the server will do with its subtasks', async () => {
    const { todos, entries } = await device()
    await todos.update(PARENT, { isDone: true })
    const { operations, sent } = batchOf(entries())
    expect(operations).toEqual(['update 1'])
    expect([sent[2]?.fields.isDone, sent[3]?.fields.isDone]).toEqual([true, true])
    await todos.delete(PARENT)
    const deletion = batchOf(entries())
    expect(deletion.operations).toEqual(['delete 1'])
    expect([deletion.sent[2]?.isDeleted, deletion.sent[3]?.isDeleted]).toEqual([true, true])
  })

  it('leaves what else waits for the subtasks to the next one', async () => {
    const { todos, entries } = await device()
    await todos.update(PARENT, { isDone: true })
    await todos.update(FIRST, { isDone: false })
    await todos.update(SECOND, { contents: 'Rye bread' })
    await todos.create({ contents: 'New', parentId: PARENT })
    expect(batchOf(entries()).operations).toEqual(['update 1'])
    expect(shown(todos).slice(0, 3)).toEqual(['1 done waiting', '2 open waiting', '3 done waiting'])
  })

  it('sends a subtask first that leaves its parent', async () => {
    const { todos, entries } = await device()
    await todos.delete(PARENT)
    await todos.restore(FIRST)
    expect(batchOf(entries()).operations).toEqual(['update 2'])
  })

  it('makes a parent before its subtasks, in the same batch if there is room', async () => {
    const { todos, entries } = await device()
    const parent = await todos.create({ contents: 'Parent' })
    const child = await todos.create({ contents: 'Child', parentId: parent.id })
    await todos.update(OTHER, { parentId: parent.id })
    const made = [`create ${parent.id.slice(-1)}`, `create ${child.id.slice(-1)}`]
    expect(batchOf(entries()).operations).toEqual(made)
    expect(batchOf(entries(), 1).operations).toEqual(made.slice(0, 1))
  })

  it('waits with a subtask while its new parent is refused', async () => {
    const { todos, entries } = await device()
    const parent = await todos.create({ contents: 'Parent' })
    await todos.create({ contents: 'Child', parentId: parent.id })
    const all = entries().map((entry) => {
      if (entry.id !== parent.id) return entry
      const operation = { op: 'create' as const, id: entry.id, todo: newFields({ contents: 'Parent' }) }
      return { ...entry, refusal: { operation, problem: { code: 'invalid_fields' } } }
    })
    expect(batchOf(all).operations).toEqual([])
  })
})
