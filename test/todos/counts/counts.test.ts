import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../../src/lib/time'
import { wallClockAt } from '../../../src/lib/zone'
import { MAX_COUNTED } from '../../../src/limits'
import type { TodoCounts } from '../../../src/todos/counts/schemas'
import type { List } from '../../../src/todos/lists/schemas'
import type { TodoInput } from '../../../src/todos/schemas'
import type { Client, ProblemBody } from '../../helpers/client'
import { setClock } from '../../helpers/clock'
import { type Person, signUp } from '../../helpers/people'
import { measuredClient } from '../../helpers/recorder'
import { expectNoChanges } from '../../helpers/storage'
import { makeTodos } from '../pages'

/* How many to-dos are open, as lists show them. */

const NOON = Date.parse('2026-11-26T12:00:00.000Z')

const NOTHING: TodoCounts = {
  open: 0,
  overdue: 0,
  today: 0,
  upcoming: 0,
  lists: [],
  labels: [],
  isComplete: true,
}

async function countsOf(client: Client, query = ''): Promise<TodoCounts> {
  const { status, body } = await client.get<TodoCounts>(`/todos/counts${query}`)
  expect(status).toBe(200)
  return body
}

const createList = async (client: Client, name: string): Promise<string> =>
  (await client.post<List>('/lists', { name })).body.id

describe('the counts', () => {
  let alice: Person
  beforeEach(async () => {
    setClock(NOON)
    alice = await signUp('alice')
  })

  it('are zero at first', async () => {
    expect(await countsOf(alice.client)).toEqual(NOTHING)
  })

  it('are of what is open: by day, list and label', async () => {
    const { client } = alice
    const [home, work] = [await createList(client, 'Home'), await createList(client, 'Work')]
    await createList(client, 'Empty')
    await makeTodos(client, [
      { due: '2026-11-25', labels: ['a', 'b'], listId: home },
      { due: '2026-11-26T11:59:59.999[UTC]', labels: ['b'] },
      { due: '2026-11-26T12:00:00[UTC]', listId: home },
      { due: '2026-11-26', listId: work },
      { due: '2026-11-27' },
      { due: '2031-01-01', labels: ['b', 'c'] },
      {},
      { due: '2026-11-25', isDone: true, labels: ['a'], listId: work },
    ])
    const counts = await countsOf(client)
    expect(counts).toEqual({
      open: 7,
      overdue: 2,
      today: 2,
      upcoming: 4,
      lists: [
        { listId: null, open: 4 },
        { listId: home, open: 2 },
        { listId: work, open: 1 },
      ],
      labels: [
        { label: 'b', open: 3 },
        { label: 'a', open: 1 },
        { label: 'c', open: 1 },
      ],
      isComplete: true,
    })
  })

  it('have subtasks, and nothing that is deleted', async () => {
    const { client } = alice
    const [parent, other] = await makeTodos(client, [{ due: '2026-11-26', labels: ['a'] }, { due: '2026-11-26' }])
    await client.post('/todos', { contents: 'x', parentId: parent?.id, due: '2026-11-26' })
    await client.delete(`/todos/${other?.id}`)
    expect(await countsOf(client)).toMatchObject({ open: 2, today: 2, upcoming: 2 })
    await client.delete(`/todos/${parent?.id}`)
    expect(await countsOf(client)).toEqual(NOTHING)
  })

  it('are nobody else’s', async () => {
    const { client } = await signUp('bob')
    await makeTodos(client, [{ due: '2026-11-26', labels: ['secret'], listId: await createList(client, 'Bob’s') }])
    expect(await countsOf(alice.client)).toEqual(NOTHING)
  })

  it('are of the day in the zone that is asked for, and else of the profile', async () => {
    const { client } = alice
    await makeTodos(client, [{ due: '2026-11-26' }, { due: '2026-11-27' }, { due: '2026-11-26T13:00:00[UTC]' }])
    const dayOf = ({ overdue, today, upcoming }: TodoCounts) => [overdue, today, upcoming]
    expect(dayOf(await countsOf(client))).toEqual([0, 2, 3])
    expect(dayOf(await countsOf(client, '?timeZone=Pacific/Kiritimati'))).toEqual([1, 2, 2])
    await client.patch('/users/me', { timeZone: 'Pacific/Kiritimati' })
    expect(dayOf(await countsOf(client))).toEqual([1, 2, 2])
    expect(dayOf(await countsOf(client, '?timeZone=UTC'))).toEqual([0, 2, 3])
  })

  it.each(['?timeZone=Mars/Base', '?timezone=UTC', '?timeZone='])('refuse: %s', async (query) => {
    expect((await alice.client.get<ProblemBody>(`/todos/counts${query}`)).status).toBe(422)
  })

  it('are no search, and write nothing', async () => {
    const { client } = alice
    for (let n = 0; n < 31; n++) await client.get('/todos?q=milk')
    expect((await client.get('/todos?q=milk')).status).toBe(429)
    for (let n = 0; n < 40; n++) await expectNoChanges(() => countsOf(client))
  })
})

describe('the day of the counts', () => {
  const ZONES = ['UTC', 'Asia/Seoul', 'America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Pacific/Kiritimati']
  ZONES.push('Pacific/Apia', 'Pacific/Pago_Pago', 'Asia/Kathmandu', 'America/St_Johns')
  const NEAR_CHANGES = [
    '2026-03-08',
    '2026-03-29',
    '2026-04-05',
    '2026-10-04',
    '2026-10-25',
    '2026-11-01',
    '2011-12-30',
  ]

  const dayOf = (wallClockMs: number) => new Date(wallClockMs).toISOString().slice(0, 10)
  const zones = fc.constantFrom(...ZONES)
  const instants = fc
    .tuple(fc.constantFrom(...NEAR_CHANGES), fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }))
    .map(([day, off]) => Date.parse(day) + off)
  const dues = fc.array(
    fc.oneof(
      fc.record({ day: fc.integer({ min: -4, max: 4 }) }),
      fc.record({ zone: zones, off: fc.integer({ min: -80 * HOUR_MS, max: 80 * HOUR_MS }) }),
      fc.record({ zone: zones, off: fc.constantFrom(-1000, 0, 1000) }),
    ),
    { minLength: 1, maxLength: 30 },
  )

  /** What the clock on the wall says of it. */
  function stateOf(todo: { due: string | null; dueAt: string | null }, now: number, zone: string) {
    const today = dayOf(wallClockAt(now, zone))
    if (todo.due === null) return 'none'
    if (todo.dueAt === null) return todo.due < today ? 'overdue' : todo.due === today ? 'today' : 'later'
    const at = Date.parse(todo.dueAt)
    if (at < now) return 'overdue'
    return dayOf(wallClockAt(at, zone)) === today ? 'today' : 'later'
  }

  it('is that of the clock on the wall in every zone, also when clocks change', async () => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(instants, dues, async (now, some) => {
        setClock(now)
        const { client } = await signUp(`walker-${run++}`)
        const inputs = some.map((one): Partial<TodoInput> => {
          if ('day' in one) return { due: dayOf(now + one.day * DAY_MS) }
          const wall = new Date(Math.floor((wallClockAt(now, one.zone) + one.off) / 1000) * 1000)
          return { due: `${wall.toISOString().slice(0, 19)}[${one.zone}]` }
        })
        const made = await makeTodos(client, inputs)
        for (const zone of ZONES) {
          const states = made.map((todo) => stateOf(todo, now, zone))
          const count = (...wanted: string[]) => states.filter((state) => wanted.includes(state)).length
          expect({ zone, ...(await countsOf(client, `?timeZone=${zone}`)) }).toMatchObject({
            zone,
            open: some.length,
            overdue: count('overdue'),
            today: count('today'),
            upcoming: count('today', 'later'),
          })
        }
      }),
      { numRuns: 40 },
    )
  }, 120_000)
})

describe('counts of very many', () => {
  const fill = ({ user }: Person, count: number) =>
    env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
       INSERT INTO todos (id, user_id, contents, priority, labels, due_at, due_zone, created_at, updated_at, version, seq)
       SELECT lower(hex(randomblob(16))), ?1, 'x', 0, '["home"]', iif(i % 2, ?3, NULL), iif(i % 2, 'UTC', NULL), i, i, 1,
         (SELECT coalesce(max(seq), 0) FROM todos WHERE user_id = ?1) + i FROM n`,
    )
      .bind(user.id, count, NOON + HOUR_MS)
      .run()

  it.each([
    [MAX_COUNTED - 1, MAX_COUNTED - 1, true],
    [MAX_COUNTED, MAX_COUNTED, false],
    [MAX_COUNTED + 1, MAX_COUNTED, false],
    [5 * MAX_COUNTED, MAX_COUNTED, false],
  ])('are of the first 1,000 that are due: %i', async (made, open, isComplete) => {
    setClock(NOON)
    const { client, cost, statements } = measuredClient()
    const alice = await signUp('alice', client)
    await fill(alice, made)
    const counts = await countsOf(client)
    const today = Math.min(Math.ceil(made / 2), MAX_COUNTED)
    expect(counts).toEqual({
      open,
      overdue: 0,
      today,
      upcoming: today,
      lists: [{ listId: null, open }],
      labels: [{ label: 'home', open }],
      isComplete,
    })
    const calls = await cost(() => client.get('/todos/counts?timeZone=Asia/Seoul'))
    expect(calls).toEqual({ status: 200, d1: 1, kv: 0, depth: 1 })
    const [sql = '', values = []] = [...statements].find(([one]) => one.includes('own ON true')) ?? []
    const { meta } = await env.DB.prepare(sql)
      .bind(...values)
      .all()
    expect(meta.rows_read).toBeLessThanOrEqual(2 * MAX_COUNTED + 10)
  })
})
