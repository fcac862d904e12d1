import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Todo } from '../../src/todos/schemas'
import type { Client, ProblemBody } from '../helpers/client'
import { advanceClock, setClock } from '../helpers/clock'
import { type Person, signUp, tally, together } from '../helpers/people'
import { expectNoChanges } from '../helpers/storage'

/** A Tuesday. */
const NOON = Date.parse('2026-12-01T12:00:00.000Z')
let alice: Person
let client: Client

beforeEach(async () => {
  setClock(NOON)
  alice = await signUp('alice')
  client = alice.client
})

const make = async (todo: Partial<Todo>) =>
  (
    await client.post<Todo>('/todos', {
      contents: 'Water plants',
      due: '2026-12-01',
      recurrence: 'FREQ=DAILY',
      ...todo,
    })
  ).body

const all = async () => (await client.get<{ todos: Todo[] }>('/todos')).body.todos
const open = async () => (await all()).filter(({ isDone }) => !isDone)
const dues = async () => (await open()).map(({ due }) => due)
const complete = (id: string) => client.patch<Todo>(`/todos/${id}`, { isDone: true })
const reopen = (id: string) => client.patch<Todo>(`/todos/${id}`, { isDone: false })

describe('completing a to-do that comes again', () => {
  it('makes the next one, as this one is', async () => {
    const list = await client.get<Todo>('/todos')
    expect(list.status).toBe(200)
    const todo = await make({
      description: 'two cans',
      labels: ['home'],
      priority: 'high',
      recurrence: 'FREQ=WEEKLY;BYDAY=TU,FR',
    })
    const { status, body } = await complete(todo.id)
    expect([status, body.isDone, body.recurrence]).toEqual([200, true, todo.recurrence])
    const [next, ...others] = await open()
    expect(others).toEqual([])
    expect(next).toEqual({
      ...todo,
      id: expect.not.stringContaining(todo.id),
      due: '2026-12-04',
      position: expect.any(String),
    })
  })

  it('puts the next one where this one was put', async () => {
    const { id } = await make({})
    await client.patch(`/todos/${id}`, { position: 'b1' })
    await complete(id)
    expect((await open()).map(({ position }) => position)).toEqual(['b1'])
  })

  it('makes one next one when 50 requests race, whichever way they come', async () => {
    const todo = await make({})
    const answers = await together<{ status: number }>(50, (n) =>
      n % 3 === 0
        ? client.post('/todos/batch', { operations: [{ op: 'update', id: todo.id, patch: { isDone: true } }] })
        : n % 3 === 1
          ? client.patch(`/todos/${todo.id}`, { isDone: true }, { headers: { 'Idempotency-Key': `${n}` } })
          : complete(todo.id),
    )
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 50 })
    expect(await dues()).toEqual(['2026-12-02'])
    expect((await all()).length).toBe(2)
  })

  it('makes it once for a batch with a key that is sent twice, and again after it was taken back', async () => {
    const todo = await make({})
    const send = () =>
      client.post(
        '/todos/batch',
        { operations: [{ op: 'update', id: todo.id, patch: { isDone: true } }] },
        { headers: { 'Idempotency-Key': 'k' } },
      )
    await Promise.all([send(), send()])
    expect(await dues()).toEqual(['2026-12-02'])
    await reopen(todo.id)
    expect((await send()).status).toBe(200)
    expect(await dues()).toEqual(['2026-12-01'])
    await complete(todo.id)
    expect(await dues()).toEqual(['2026-12-02'])
  })

  it('goes on from the due date and the rule that the same request sets', async () => {
    const todo = await make({})
    await client.patch(`/todos/${todo.id}`, {
      isDone: true,
      due: '2026-12-10',
      recurrence: 'FREQ=MONTHLY',
      contents: 'Pay',
    })
    expect(await open()).toEqual([
      expect.objectContaining({ due: '2027-01-10', contents: 'Pay', recurrence: 'FREQ=MONTHLY' }),
    ])
  })

  it.each([
    ['the last of three', 'FREQ=DAILY;COUNT=3', ['2026-12-02', '2026-12-03', undefined]],
    ['the last before its end', 'FREQ=DAILY;UNTIL=20261202', ['2026-12-02', undefined]],
  ])('ends with %s', async (_, recurrence, expected) => {
    let todo: Todo | undefined = await make({ recurrence })
    for (const due of expected) {
      await complete(todo?.id ?? '')
      todo = (await open())[0]
      expect(todo?.due).toBe(due)
    }
  })

  it('late, makes the one of today, in the zone of the person', async () => {
    // At noon in UTC it is the next day in Kiritimati already.
    await env.DB.prepare("UPDATE users SET time_zone = 'Pacific/Kiritimati' WHERE id = ?").bind(alice.user.id).run()
    const day = await make({ due: '2026-11-20' })
    await complete(day.id)
    expect(await dues()).toEqual(['2026-12-02'])
    await complete((await open())[0]?.id ?? '')
    expect(await dues()).toEqual(['2026-12-03'])
  })

  it('late, makes the one of today, in the zone of its time', async () => {
    const todo = await make({ due: '2026-11-20T08:00:00[America/Sao_Paulo]' })
    await complete(todo.id)
    expect(await dues()).toEqual(['2026-12-01T08:00:00[America/Sao_Paulo]'])
  })

  it('keeps 18:00 across a change of the clocks', async () => {
    setClock(Date.parse('2027-03-27T12:00:00Z'))
    client = (await signUp('bob')).client
    await make({ due: '2027-03-27T18:00:00[Europe/Berlin]' })
    const [before] = await open()
    await complete(before?.id ?? '')
    const [after] = await open()
    expect([before?.dueAt, after?.dueAt]).toEqual(['2027-03-27T17:00:00.000Z', '2027-03-28T16:00:00.000Z'])
  })

  it('is due at 03:30 on the night that has no 02:30, and at 02:30 on the next', async () => {
    setClock(Date.parse('2027-03-27T01:00:00Z'))
    client = (await signUp('bob')).client
    await make({ due: '2027-03-27T02:30:00[Europe/Berlin]' })
    const seen: unknown[] = []
    for (let night = 0; night < 3; night++) {
      await complete((await open())[0]?.id ?? '')
      const [todo] = await open()
      seen.push([todo?.due, todo?.recurrence])
    }
    expect(seen).toEqual([
      ['2027-03-28T03:30:00[Europe/Berlin]', 'FREQ=DAILY;BYHOUR=2;BYMINUTE=30'],
      ['2027-03-29T02:30:00[Europe/Berlin]', 'FREQ=DAILY'],
      ['2027-03-30T02:30:00[Europe/Berlin]', 'FREQ=DAILY'],
    ])
  })

  it.each([
    ['2027-01-31', 'FREQ=MONTHLY', '2027-03-31'],
    ['2027-01-31', 'FREQ=MONTHLY;BYMONTHDAY=-1', '2027-02-28'],
    ['2028-02-29', 'FREQ=YEARLY', '2032-02-29'],
  ])('due on %s by %s comes again on %s', async (due, recurrence, next) => {
    await complete((await make({ due, recurrence })).id)
    expect(await dues()).toEqual([next])
  })

  it('changes nothing where there is no room for the next one', async () => {
    const todo = await make({})
    await env.DB.prepare('UPDATE todos SET total_rows = 50000 WHERE id = ?').bind(todo.id).run()
    const { status, body } = await expectNoChanges(() =>
      client.patch<ProblemBody>(`/todos/${todo.id}`, { isDone: true }),
    )
    expect([status, body.code, body.errors?.[0]?.code]).toEqual([403, 'quota_exceeded', 'too_many_todos'])
  })

  it('counts the next one', async () => {
    const todo = await make({ description: 'seven b', labels: ['ä'] })
    await complete(todo.id)
    const counts = await env.DB.prepare(
      'SELECT total_rows AS rows, total_bytes AS bytes FROM todos ORDER BY seq DESC',
    ).first()
    expect(counts).toEqual({ rows: 2, bytes: 2 * (12 + 7 + 6) })
  })
})

describe('opening it again', () => {
  it('takes the next one back', async () => {
    const todo = await make({})
    await complete(todo.id)
    advanceClock(1000)
    const { body } = await reopen(todo.id)
    expect(body.recurrence).toBe('FREQ=DAILY')
    expect((await all()).map(({ id }) => id)).toEqual([todo.id])
  })

  it('takes one back when 20 requests race, and another one is made by completing it once more', async () => {
    const todo = await make({})
    await complete(todo.id)
    await together(20, () => reopen(todo.id))
    expect(await dues()).toEqual(['2026-12-01'])
    await together(20, () => complete(todo.id))
    expect(await dues()).toEqual(['2026-12-02'])
  })

  it.each([
    ['changed', (id: string) => client.patch(`/todos/${id}`, { contents: 'Water the plants' })],
    ['completed', (id: string) => complete(id)],
  ])('leaves a next one that was %s, and comes no more by itself', async (_, touch) => {
    const todo = await make({})
    await complete(todo.id)
    const [next] = await open()
    advanceClock(1000)
    await touch(next?.id ?? '')
    const { body } = await reopen(todo.id)
    expect(body).toMatchObject({ isDone: false, recurrence: null, due: '2026-12-01' })
    const chains = (await open()).filter(({ recurrence }) => recurrence !== null)
    expect(chains.length).toBe(1)
  })

  it('comes again if the next one was deleted', async () => {
    const todo = await make({})
    await complete(todo.id)
    await client.delete(`/todos/${(await open())[0]?.id}`)
    expect((await reopen(todo.id)).body.recurrence).toBe('FREQ=DAILY')
    await complete(todo.id)
    expect(await dues()).toEqual(['2026-12-02'])
  })
})

describe('a rule', () => {
  it('needs a due date', async () => {
    const refusal = { path: '/recurrence', code: 'recurrence_without_due', message: 'Needs a due date' }
    const without = await expectNoChanges(() =>
      client.post<ProblemBody>('/todos', { contents: 'a', recurrence: 'FREQ=DAILY' }),
    )
    expect([without.status, without.body.errors]).toEqual([422, [refusal]])
    const { body: plain } = await client.post<Todo>('/todos', { contents: 'a' })
    const patched = await client.patch<ProblemBody>(`/todos/${plain.id}`, { recurrence: 'FREQ=DAILY' })
    expect([patched.status, patched.body.errors]).toEqual([422, [refusal]])
    const operations = [{ op: 'update', id: plain.id, patch: { recurrence: 'FREQ=DAILY' } }]
    const batch = await client.post<ProblemBody>('/todos/batch', { operations })
    expect(batch.body.errors).toEqual([{ ...refusal, path: '/operations/0/patch/recurrence' }])
  })

  it('ends with the due date', async () => {
    const todo = await make({})
    expect((await client.patch<Todo>(`/todos/${todo.id}`, { due: null })).body).toMatchObject({
      due: null,
      recurrence: null,
    })
    await complete(todo.id)
    expect((await all()).length).toBe(1)
  })

  it('is kept as calendars write it', async () => {
    expect((await make({ recurrence: 'rrule:freq=weekly;byday=mo' })).recurrence).toBe('FREQ=WEEKLY;BYDAY=MO')
  })

  it('does nothing to a to-do that is made done', async () => {
    await make({ isDone: true })
    expect((await all()).length).toBe(1)
  })

  it('makes the next one for each of a batch, and one that stands beside it is untouched', async () => {
    const [one, two, other] = [await make({}), await make({ due: '2026-12-05' }), await make({ recurrence: null })]
    const operations = [one, two, other].map(({ id }) => ({ op: 'update', id, patch: { isDone: true } }))
    const { status, body } = await client.post<{ results: { todo: Todo }[] }>('/todos/batch', { operations })
    expect([status, body.results.map(({ todo }) => todo.isDone)]).toEqual([200, [true, true, true]])
    expect((await dues()).sort()).toEqual(['2026-12-02', '2026-12-06'])
  })
})
