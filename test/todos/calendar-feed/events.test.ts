import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { eventCalendar } from '../../../src/todos/calendar-feed/events'
import type { DueTodo } from '../../../src/todos/calendar-feed/read-feed'
import { readContentLine, unescapeText, unfold } from '../../../src/todos/import/readers/content-lines'
import { giveFeed } from '../../helpers/calendar-feeds'
import { Client, clientOf, ORIGIN } from '../../helpers/client'
import { DAY, setClock } from '../../helpers/clock'
import { type Person, signUp } from '../../helpers/people'
import { explainPlans } from '../../helpers/query-plans'
import { recordingBindings } from '../../helpers/recorder'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')

type Event = Record<string, string>

/** The events of a calendar. Names of properties are without their parameters. */
function eventsOf(text: string): Event[] {
  const events: Event[] = []
  for (const { text: line } of unfold(text)) {
    const { name = '', value = '' } = readContentLine(line) ?? {}
    if (name === 'BEGIN' && value === 'VEVENT') events.push({})
    else Object.assign(events.at(-1) ?? {}, { [name]: unescapeText(value) })
  }
  return events
}

const dueTodo = (fields: Partial<DueTodo> = {}): DueTodo => ({
  id: '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10',
  contents: 'Buy milk',
  description: null,
  dueAt: Date.parse('2026-12-24T23:59:59.999Z'),
  dueZone: null,
  recurrence: null,
  updatedAt: NOON,
  ...fields,
})

const calendarOf = (todos: DueTodo[], timeZone = 'UTC', now = NOON) => eventCalendar(todos, { timeZone, now })
const startsOf = (todos: DueTodo[], timeZone?: string, now?: number) =>
  eventsOf(calendarOf(todos, timeZone, now)).map((event) => event['DTSTART'])

describe('the events of a calendar', () => {
  it('are whole days, and times of half an hour in UTC, which keep nobody busy', () => {
    const text = calendarOf([
      dueTodo({ description: 'two litres,\nlow fat' }),
      dueTodo({
        id: '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e11',
        dueAt: Date.parse('2026-12-31T23:45:00Z'),
        dueZone: 'Asia/Seoul',
      }),
    ])
    expect(text.split('\r\n')).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Latchkey//To-dos//EN',
      'CALSCALE:GREGORIAN',
      'METHOD:PUBLISH',
      'X-WR-CALNAME:To-dos',
      'REFRESH-INTERVAL;VALUE=DURATION:PT15M',
      'X-PUBLISHED-TTL:PT15M',
      'BEGIN:VEVENT',
      'UID:019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10',
      'DTSTAMP:20261201T120000Z',
      'DTSTART;VALUE=DATE:20261224',
      'DTEND;VALUE=DATE:20261225',
      'SUMMARY:Buy milk',
      'DESCRIPTION:two litres\\,\\nlow fat',
      'TRANSP:TRANSPARENT',
      'END:VEVENT',
      'BEGIN:VEVENT',
      'UID:019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e11',
      'DTSTAMP:20261201T120000Z',
      'DTSTART:20261231T234500Z',
      'DTEND:20270101T001500Z',
      'SUMMARY:Buy milk',
      'TRANSP:TRANSPARENT',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ])
  })

  it('repeat for 90 days, each with an id of its own', () => {
    const daily = dueTodo({ recurrence: 'FREQ=DAILY', dueAt: Date.parse('2026-12-01T23:59:59.999Z') })
    const events = eventsOf(calendarOf([daily]))
    expect(events).toHaveLength(90)
    expect(new Set(events.map((event) => event['UID'])).size).toBe(90)
    expect(events[0]).toMatchObject({ UID: daily.id, DTSTART: '20261201' })
    expect(events.at(-1)).toMatchObject({ UID: `${daily.id}-20270228`, DTSTART: '20270228' })
  })

  it('repeat on the wall clock of their zone, also when clocks change', () => {
    const weekly = dueTodo({
      recurrence: 'FREQ=WEEKLY',
      dueAt: Date.parse('2026-10-16T16:00:00Z'),
      dueZone: 'Europe/Berlin',
    })
    expect(startsOf([weekly], 'UTC', Date.parse('2026-10-10T00:00:00Z')).slice(0, 3)).toEqual([
      '20261016T160000Z',
      '20261023T160000Z',
      '20261030T170000Z',
    ])
  })

  it('go on at the time that was meant, after a night that has none', () => {
    const nightly = dueTodo({
      recurrence: 'FREQ=DAILY;BYHOUR=2;BYMINUTE=30',
      dueAt: Date.parse('2027-03-28T01:30:00Z'),
      dueZone: 'Europe/Berlin',
    })
    expect(startsOf([nightly], 'UTC', Date.parse('2027-03-27T12:00:00Z')).slice(0, 3)).toEqual([
      '20270328T013000Z',
      '20270329T003000Z',
      '20270330T003000Z',
    ])
  })

  it('show what is overdue once, and go on from the today of the person', () => {
    const overdue = dueTodo({ recurrence: 'FREQ=DAILY', dueAt: Date.parse('2026-11-01T23:59:59.999Z') })
    const evening = Date.parse('2026-12-01T20:00:00Z')
    expect(startsOf([overdue], 'America/Sao_Paulo', evening).slice(0, 2)).toEqual(['20261101', '20261201'])
    expect(startsOf([overdue], 'Asia/Seoul', evening).slice(0, 2)).toEqual(['20261101', '20261202'])
  })

  it('end with the rule', () => {
    const ending = (recurrence: string) => startsOf([dueTodo({ recurrence })])
    expect(ending('FREQ=WEEKLY;COUNT=3')).toEqual(['20261224', '20261231', '20270107'])
    expect(ending('FREQ=DAILY;UNTIL=20261226')).toEqual(['20261224', '20261225', '20261226'])
  })

  it('are 1,000 at most, and every to-do comes before what repeats', () => {
    const daily = Array.from({ length: 20 }, (_, n) =>
      dueTodo({ id: `daily-${n}`, recurrence: 'FREQ=DAILY', dueAt: NOON + n, dueZone: 'UTC' }),
    )
    const events = eventsOf(calendarOf([...daily, dueTodo({ id: 'last' })]))
    expect(events).toHaveLength(1000)
    expect(events[20]).toMatchObject({ UID: 'last' })
  })

  it('have a description of 1,000 characters at most', () => {
    const [event] = eventsOf(calendarOf([dueTodo({ description: '🦊'.repeat(1001) })]))
    expect(event?.['DESCRIPTION']).toBe(`${'🦊'.repeat(1000)}…`)
    const [short] = eventsOf(calendarOf([dueTodo({ description: '🦊'.repeat(1000) })]))
    expect(short?.['DESCRIPTION']).toBe('🦊'.repeat(1000))
  })
})

describe('a calendar', () => {
  beforeEach(() => {
    setClock(NOON)
  })

  const read = async (owner: Person, client = new Client()) => {
    const { status, text } = await client.get(`${ORIGIN}/calendar/${await giveFeed(owner)}.ics`)
    expect(status).toBe(200)
    return eventsOf(text).map((event) => event['SUMMARY'])
  }

  it('has the open to-dos that are due, from a year ago on, the earliest first', async () => {
    const owner = await signUp('alice')
    const bob = await signUp('bob')
    const add = async (todo: object) => (await owner.client.post<{ id: string }>('/todos', todo)).body.id
    await add({ contents: 'later', due: '2027-12-24' })
    await add({ contents: 'sooner', due: '2026-12-24T18:00:00[Asia/Seoul]' })
    await add({ contents: 'instant', dueAt: '2026-12-25T18:00:00Z' })
    await add({ contents: 'overdue', due: '2025-12-24' })
    await add({ contents: 'long overdue', due: '2025-11-20' })
    await add({ contents: 'some day' })
    await add({ contents: 'at the end of time', due: '9999-12-31' })
    await add({ contents: 'done', due: '2026-12-24', isDone: true })
    await owner.client.delete(`/todos/${await add({ contents: 'deleted', due: '2026-12-24' })}`)
    await bob.client.post('/todos', { contents: 'of Bob', due: '2026-12-24' })
    expect(await read(owner)).toEqual(['overdue', 'sooner', 'instant', 'later'])
    expect(await read(bob)).toEqual(['of Bob'])
    expect(await read(await signUp('carol'))).toEqual([])
  })

  it('reads no more than 1,000 to-dos, by their index', async () => {
    const owner = await signUp('alice')
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
       INSERT INTO todos (id, user_id, contents, priority, labels, due_at, created_at, updated_at, version, seq)
       SELECT printf('01a23179-de00-7000-8000-%012d', i), ?, 'To-do ' || i, 0, '[]', ? + i * ?, ?, ?, 1, i FROM n`,
    )
      .bind(owner.user.id, NOON, DAY, NOON, NOON)
      .run()
    const { DB, statements, start } = recordingBindings()
    start()
    const read1000 = await read(owner, clientOf({ DB }))
    expect(read1000).toHaveLength(1000)
    expect(read1000.at(-1)).toBe('To-do 1000')
    const plans = (await explainPlans(statements)).map(({ detail }) => detail).join('\n')
    expect(plans).toContain('USING INDEX todos_open_by_due')
    expect(plans).not.toMatch(/SCAN|TEMP B-TREE/)
  })
})
