import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { DAY_MS } from '../../src/lib/time'
import { instantOf, wallClockAt } from '../../src/lib/zone'
import { readDue, toDueColumns } from '../../src/todos/due'
import { type DueFilter, dueRangesOf } from '../../src/todos/due-ranges'
import type { Todo } from '../../src/todos/schemas'
import type { Client, ProblemBody } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { signUp } from '../helpers/people'
import { namesOf } from './pages'

/** Both hemispheres, both sides of the date line, half and quarter hours, and one that left out a day. */
const ZONES = [
  'UTC',
  'Asia/Seoul',
  'America/Sao_Paulo',
  'America/New_York',
  'Europe/Berlin',
  'Europe/London',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Pacific/Kiritimati',
  'Pacific/Apia',
  'Pacific/Pago_Pago',
  'America/St_Johns',
  'America/Los_Angeles',
  'Africa/Casablanca',
  'Asia/Tehran',
  'Pacific/Chatham',
  'Antarctica/Troll',
  'Etc/GMT+12',
]

const dayOf = (wallClockMs: number) => new Date(wallClockMs).toISOString().slice(0, 10)
const isIn = (filter: DueFilter, due: string, now: number, zone: string): boolean => {
  const read = readDue(due)
  if (!read) throw new Error(due)
  const { dueAt, dueZone } = toDueColumns(read)
  const order = dueAt * 2 + (dueZone === null ? 1 : 0)
  return dueRangesOf(filter, { now, zone }).filter(({ from, to }) => order >= from && order < to).length === 1
}

/** Times near the changes of clocks, and others. */
const CHANGES = [
  '2026-03-08',
  '2026-03-29',
  '2026-04-05',
  '2026-09-27',
  '2026-10-04',
  '2026-10-25',
  '2026-11-01',
  '2011-12-30',
  '2028-02-29',
  '2026-12-31',
]
const instants = fc.oneof(
  fc
    .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }))
    .map(([day, off]) => Date.parse(day) + off),
  fc.integer({ min: Date.parse('2000-01-01'), max: Date.parse('2040-01-01') }),
)
const zones = fc.constantFrom(...ZONES)

describe('the ranges of due dates', () => {
  it('hold what is due on a day, and nothing else, in every zone', () => {
    fc.assert(
      fc.property(instants, zones, zones, fc.integer({ min: -2, max: 2 }), (at, zone, dueZone, offset) => {
        const today = dayOf(wallClockAt(at, zone))
        const day = dayOf(Date.parse(today) + offset * DAY_MS)
        const filter = { dueOn: today }
        expect(isIn(filter, day, at, zone)).toBe(day === today)
        const time = `${new Date(wallClockAt(at, dueZone) + offset * 3_600_000).toISOString().slice(0, 19)}[${dueZone}]`
        const { dueAt } = toDueColumns(readDue(time) ?? { kind: 'day', day })
        const [from, to] = [Date.parse(today), Date.parse(today) + DAY_MS].map((wall) => instantOf(wall, zone))
        expect(isIn(filter, time, at, zone)).toBe(dueAt >= (from ?? 0) && dueAt < (to ?? 0))
      }),
      { numRuns: 3000 },
    )
  })

  it('hold what is overdue: times that have passed, and days before today', () => {
    fc.assert(
      fc.property(
        instants,
        zones,
        fc.integer({ min: -3, max: 3 }),
        fc.integer({ min: -DAY_MS, max: DAY_MS }),
        (now, zone, offset, ms) => {
          const day = dayOf(wallClockAt(now, zone) + offset * DAY_MS)
          expect(isIn({ overdue: true }, day, now, zone)).toBe(offset < 0)
          expect(isIn({ overdue: false }, day, now, zone)).toBe(offset >= 0)
          const at = now + ms
          const time = `${new Date(at).toISOString().slice(0, 23)}[UTC]`
          expect(isIn({ overdue: true }, time, now, zone)).toBe(ms < 0)
          expect(isIn({ overdue: true, dueOn: day }, day, now, zone)).toBe(offset < 0)
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('are few, in order and apart', () => {
    fc.assert(
      fc.property(instants, zones, fc.constantFrom(true, false, undefined), (now, zone, overdue) => {
        const ranges = dueRangesOf({ dueOn: dayOf(now), overdue }, { now, zone })
        expect(ranges.length).toBeLessThanOrEqual(5)
        for (const [index, { from, to }] of ranges.entries()) {
          expect(from).toBeLessThan(to)
          expect(ranges[index + 1]?.from ?? Number.POSITIVE_INFINITY).toBeGreaterThan(to)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('what is due today', () => {
  /** On Christmas Eve in São Paulo it is Christmas in Seoul. */
  const NOW = Date.parse('2026-12-24T22:00:00.000Z')
  let client: Client

  beforeEach(async () => {
    setClock(NOW)
    client = (await signUp('alice')).client
    for (const [contents, due] of [
      ['day 23', '2026-12-23'],
      ['day 24', '2026-12-24'],
      ['day 25', '2026-12-25'],
      ['Seoul 25, 06:00', '2026-12-25T06:00:00[Asia/Seoul]'],
      ['Seoul 25, 09:00', '2026-12-25T09:00:00[Asia/Seoul]'],
      ['São Paulo 24, 20:00', '2026-12-24T20:00:00[America/Sao_Paulo]'],
      ['none', null],
    ] as const) {
      await client.post('/todos', { contents, due })
    }
  })

  const lists = [
    '',
    '&isDone=false',
    '&sort=dueAt',
    '&sort=dueAt&isDone=false',
    '&sort=position',
    '&sort=dueAt&isDone=false&order=DESC',
  ]

  it.each(lists)('is another list in Seoul and in São Paulo: %j', async (list) => {
    const names = async (query: string) => (await namesOf(client, `${query}${list}`)).sort()
    expect(await names('dueOn=2026-12-25&timeZone=Asia/Seoul')).toEqual([
      'Seoul 25, 06:00',
      'Seoul 25, 09:00',
      'São Paulo 24, 20:00',
      'day 25',
    ])
    expect(await names('dueOn=2026-12-24&timeZone=America/Sao_Paulo')).toEqual([
      'Seoul 25, 06:00',
      'Seoul 25, 09:00',
      'São Paulo 24, 20:00',
      'day 24',
    ])
    expect(await names('overdue=true&timeZone=Asia/Seoul')).toEqual(['Seoul 25, 06:00', 'day 23', 'day 24'])
    expect(await names('overdue=true&timeZone=America/Sao_Paulo')).toEqual(['Seoul 25, 06:00', 'day 23'])
    expect(await names('overdue=false&timeZone=Asia/Seoul')).toEqual([
      'Seoul 25, 09:00',
      'São Paulo 24, 20:00',
      'day 25',
      'none',
    ])
  })

  it('comes in pages without gaps, in both orders', async () => {
    for (const order of ['ASC', 'DESC']) {
      const shown: string[] = []
      let cursor = ''
      do {
        const query = `dueOn=2026-12-25&timeZone=Asia/Seoul&sort=dueAt&isDone=false&order=${order}&limit=1${cursor && `&cursor=${cursor}`}`
        const { body } = await client.get<{ todos: Todo[]; nextCursor: string | null }>(`/todos?${query}`)
        shown.push(...body.todos.map(({ contents }) => contents))
        cursor = body.nextCursor ?? ''
      } while (cursor)
      const expected = ['São Paulo 24, 20:00', 'Seoul 25, 09:00', 'day 25']
      expect(shown).toEqual(
        order === 'ASC'
          ? [
              'Seoul 25, 06:00',
              ...expected
                .toSorted()
                .toReversed()
                .toSorted((a, b) => expected.indexOf(a) - expected.indexOf(b)),
            ]
          : [...shown],
      )
      expect([...shown].sort()).toEqual(['Seoul 25, 06:00', ...expected].sort())
    }
  })

  it('reads the zone of the profile, and needs none to be sent', async () => {
    await client.patch('/users/me', { timeZone: 'Asia/Seoul' })
    expect((await namesOf(client, 'overdue=true')).sort()).toEqual(['Seoul 25, 06:00', 'day 23', 'day 24'])
  })

  it('never holds what is done', async () => {
    const { todos } = (await client.get<{ todos: Todo[] }>('/todos?overdue=true&timeZone=Asia/Seoul')).body
    await client.patch(`/todos/${todos[0]?.id}`, { isDone: true })
    expect(await namesOf(client, 'overdue=true&timeZone=Asia/Seoul')).toHaveLength(2)
    expect(await namesOf(client, 'overdue=true&isDone=true')).toEqual([])
    expect(await namesOf(client, 'overdue=false&isDone=true&timeZone=Asia/Seoul')).toHaveLength(1)
  })

  it.each([
    ['dueOn=2026-02-30', '/dueOn'],
    ['dueOn=2026-12-24T18:00:00[UTC]', '/dueOn'],
    ['overdue=yes', '/overdue'],
    ['overdue=true&timeZone=Mars/Base', '/timeZone'],
    ['overdue=true&timeZone=%2B09:00', '/timeZone'],
    ['listId=x', '/listId'],
    ['parentId=NONE', '/parentId'],
  ])('is refused: %s', async (query, path) => {
    const { status, body } = await client.get<ProblemBody>(`/todos?${query}`)
    expect([status, body.errors?.map((one) => one.path)]).toEqual([422, [path]])
  })
})

describe('a due date', () => {
  it.each([
    ['2026-12-24', '2026-12-24', null],
    ['2026-12-24T18:00[Asia/Seoul]', '2026-12-24T18:00:00[Asia/Seoul]', '2026-12-24T09:00:00.000Z'],
    ['2026-12-24T18:00:00.5[UTC]', '2026-12-24T18:00:00.500[UTC]', '2026-12-24T18:00:00.500Z'],
    ['2027-03-28T02:30:00[Europe/Berlin]', '2027-03-28T03:30:00[Europe/Berlin]', '2027-03-28T01:30:00.000Z'],
  ])('%s is kept as %s', async (sent, due, dueAt) => {
    const { client } = await signUp('alice')
    expect((await client.post<Todo>('/todos', { contents: 'a', due: sent })).body).toMatchObject({ due, dueAt })
  })

  it('as an instant is kept in UTC, and not beside the other', async () => {
    const { client } = await signUp('alice')
    const dueAt = '2026-12-24T18:00:00+09:00'
    const { body } = await client.post<Todo>('/todos', { contents: 'a', dueAt })
    expect(body).toMatchObject({ due: '2026-12-24T09:00:00[UTC]', dueAt: '2026-12-24T09:00:00.000Z' })
    const both = await client.patch<ProblemBody>(`/todos/${body.id}`, { due: '2026-12-24', dueAt })
    expect([both.status, both.body.errors]).toEqual([
      422,
      [{ path: '/dueAt', code: 'not_with_due', message: 'Send `due` or `dueAt`, not both' }],
    ])
    expect((await client.patch<Todo>(`/todos/${body.id}`, { due: '2026-12-25' })).body).toMatchObject({
      due: '2026-12-25',
      dueAt: null,
    })
    expect((await client.patch<Todo>(`/todos/${body.id}`, { dueAt: null })).body).toMatchObject({
      due: null,
      dueAt: null,
    })
  })

  it.each([
    '2026-02-30',
    '2026-12-24T18:00:00',
    '2026-12-24T18:00:00Z',
    '2026-12-24T18:00:00[Mars/Base]',
    '2026-12-24T24:00[UTC]',
    '',
    '9999-12-31T23:59[America/New_York]',
  ])('is refused: %j', async (due) => {
    const { client } = await signUp('alice')
    const { status, body } = await client.post<ProblemBody>('/todos', { contents: 'a', due })
    expect([status, body.errors?.[0]?.path, body.errors?.[0]?.code]).toEqual([422, '/due', 'invalid_format'])
  })
})
