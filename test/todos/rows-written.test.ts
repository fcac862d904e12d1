import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { clientOf } from '../helpers/client'
import { logIn, signUp } from '../helpers/people'
import { wrapD1 } from '../helpers/wrap-d1'

/* D1 charges for each row that is written, and counts each entry of an index as one: docs/decisions/indexes-of-to-dos.md. */

const resultsSchema = z.array(z.object({ meta: z.object({ rows_read: z.int(), rows_written: z.int() }) }))

/** Alice's client, and how many rows an act writes and reads. */
async function aliceWithMeter() {
  let rows = 0
  let rowsRead = 0
  const DB = wrapD1({
    onCall: async (run) => {
      const result = await run()
      for (const { meta } of resultsSchema.parse([result].flat())) {
        rows += meta.rows_written
        rowsRead += meta.rows_read
      }
      return result
    },
  })
  const { user } = await signUp('alice')
  const { client } = await logIn('alice', clientOf({ DB }))
  const written = async (act: () => Promise<{ status: number }>): Promise<number> => {
    rows = 0
    expect((await act()).status).toBeLessThan(300)
    return rows
  }
  const read = async (act: () => Promise<{ status: number }>): Promise<number> => {
    rowsRead = 0
    expect((await act()).status).toBeLessThan(300)
    return rowsRead
  }
  return { client, user, written, read }
}

const milk = { contents: 'Buy milk', labels: ['home'], dueAt: '2026-12-24T18:00:00Z' }

it('each change writes as few rows as its indexes allow', async () => {
  const { client, written } = await aliceWithMeter()
  const id = uuidv7()
  const path = `/todos/${id}`
  const once = () => client.post('/todos', milk, { headers: { 'Idempotency-Key': 'k' } })
  const operations = Array.from({ length: 100 }, () => ({ op: 'create', todo: milk }))
  const batchOnce = () => client.post('/todos/batch', { operations }, { headers: { 'Idempotency-Key': 'k100' } })
  expect({
    // The row, its id, and its entries by creation, by due date and by change.
    create: await written(() => client.post('/todos', milk)),
    put: await written(() => client.put(path, milk)),
    // The row and its entry by change. It leaves the open ones by due date.
    complete: await written(() => client.patch(path, { isDone: true })),
    reopen: await written(() => client.patch(path, { isDone: false })),
    changeText: await written(() => client.patch(path, { contents: 'Buy oat milk' })),
    delete: await written(() => client.delete(path)),
    restore: await written(() => client.post(`${path}/restore`)),
    createOnce: await written(once),
    createOnceAgain: await written(once),
    batchOf100: await written(() => client.post('/todos/batch', { operations })),
    batchOf100Once: await written(batchOnce),
    batchOf100OnceAgain: await written(batchOnce),
    list: await written(() => client.get('/todos')),
    changes: await written(() => client.get('/todos/changes')),
    firstSearch: await written(() => client.get('/todos?q=milk')),
    search: await written(() => client.get('/todos?q=milk')),
  }).toEqual({
    create: 5,
    put: 5,
    complete: 2,
    reopen: 3,
    changeText: 2,
    delete: 3,
    restore: 4,
    createOnce: 8,
    createOnceAgain: 0,
    batchOf100: 500,
    batchOf100Once: 503,
    batchOf100OnceAgain: 0,
    list: 0,
    changes: 0,
    firstSearch: 2,
    search: 1,
  })
})

it('nobody pays for subtasks, rules and lists but who has them', async () => {
  const { client, written } = await aliceWithMeter()
  const id = () => uuidv7()
  const [mother, child, daily] = [id(), id(), id()]
  const patch = (which: string, fields: object) => () => client.patch(`/todos/${which}`, fields)
  expect({
    parent: await written(() => client.put(`/todos/${mother}`, milk)),
    // One more: its entry by parent.
    subtask: await written(() => client.put(`/todos/${child}`, { ...milk, parentId: mother })),
    day: await written(() => client.put(`/todos/${id()}`, { contents: 'a', due: '2026-12-24' })),
    move: await written(patch(mother, { position: 'k1' })),
    completeBoth: await written(patch(mother, { isDone: true })),
    reopenBoth: await written(patch(mother, { isDone: false })),
    deleteBoth: await written(() => client.delete(`/todos/${mother}`)),
    restoreBoth: await written(() => client.post(`/todos/${mother}/restore`)),
    daily: await written(() => client.put(`/todos/${daily}`, { ...milk, recurrence: 'FREQ=DAILY' })),
    // The next one is five rows.
    completeDaily: await written(patch(daily, { isDone: true })),
    reopenDaily: await written(patch(daily, { isDone: false })),
  }).toEqual({
    parent: 5,
    subtask: 6,
    day: 5,
    move: 2,
    completeBoth: 4,
    reopenBoth: 6,
    deleteBoth: 7,
    restoreBoth: 9,
    daily: 5,
    completeDaily: 8,
    reopenDaily: 7,
  })
})

it('each change reads only what it names, however many to-dos there are', async () => {
  const { client, user, read } = await aliceWithMeter()
  const insert = env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
     INSERT INTO todos (id, user_id, contents, labels, priority, created_at, updated_at, version, seq, total_rows, total_bytes)
     SELECT printf('01a23179-de00-7000-8000-%012d', i), ?, 'Buy milk', '[]', 0, i, i, 1, i, i, 10 * i FROM n`,
  )
  await insert.bind(user.id).run()
  const id = uuidv7()
  const path = `/todos/${id}`
  const operations = Array.from({ length: 10 }, () => ({ op: 'put', id: uuidv7(), todo: milk }))
  const acts = [
    () => client.post('/todos', milk),
    () => client.put(path, milk),
    () => client.patch(path, { isDone: true }),
    () => client.delete(path),
    () => client.post(`${path}/restore`),
    () => client.post('/todos', milk, { headers: { 'Idempotency-Key': 'k' } }),
    () => client.post('/todos/batch', { operations }),
  ]
  for (const act of acts) expect(await read(act)).toBeLessThan(400)
})
