import { describe, expect, it } from 'vitest'
import type { ExportedTodo } from '../../../src/todos/export/exported-todo'
import { icsWriter, type Zones } from '../../../src/todos/export/ics'
import { exportedTodo, fileOf } from './exported-todo'

const SPAN = { fromMs: Date.UTC(2026, 0, 1), untilMs: Date.UTC(2030, 0, 1) }
const SEOUL: Zones = new Map([['Asia/Seoul', SPAN]])
const EXPLAINED: Zones = new Map([...SEOUL, ['Europe/Berlin', SPAN]])

/** The lines of the VTODO of a to-do, but for those that all have. */
const linesOf = (fields: Partial<ExportedTodo>, zones: Zones = EXPLAINED) => {
  const text = fileOf(icsWriter(zones), [exportedTodo(fields)])
  const [, vtodo = ''] = /BEGIN:VTODO\r\n(.*)END:VTODO/s.exec(text) ?? []
  return vtodo.split('\r\n').filter((line) => /^(?:DUE|DTSTART|RRULE|PRIORITY|CATEGORIES|STATUS|COMPLETED)/.test(line))
}

describe('the iCalendar of an export', () => {
  it('has all that RFC 5545 wants of a calendar and of a to-do', () => {
    const todo = exportedTodo({
      contents: 'Pay; rent, \\now',
      description: 'one\ntwo',
      priority: 'high',
      labels: ['home', 'a,b'],
      list: 'House',
      parentId: '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e11',
      completedAt: '2026-11-25T10:00:00.123Z',
    })
    expect(fileOf(icsWriter(new Map()), [todo]).split('\r\n')).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Latchkey//To-dos//EN',
      'BEGIN:VTODO',
      'UID:019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10',
      'DTSTAMP:20261121T100000Z',
      'CREATED:20261120T100000Z',
      'LAST-MODIFIED:20261121T100000Z',
      'SUMMARY:Pay\\; rent\\, \\\\now',
      'DESCRIPTION:one\\ntwo',
      'PRIORITY:3',
      'CATEGORIES:home,a\\,b',
      'X-LATCHKEY-LIST:House',
      'RELATED-TO:019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e11',
      'STATUS:COMPLETED',
      'COMPLETED:20261125T100000Z',
      'END:VTODO',
      'END:VCALENDAR',
      '',
    ])
  })

  it('names each zone that it uses, before the to-dos', () => {
    const text = fileOf(icsWriter(SEOUL), [exportedTodo({ due: '2026-12-24T18:00:00[Asia/Seoul]' })])
    expect(text).toMatch(
      /PRODID[^\r]*\r\nBEGIN:VTIMEZONE\r\nTZID:Asia\/Seoul\r\n.*TZOFFSETTO:\+0900.*END:VTIMEZONE\r\nBEGIN:VTODO/s,
    )
    expect(text).toContain('\r\nDUE;TZID=Asia/Seoul:20261224T180000\r\n')
  })

  it.each<[string, Partial<ExportedTodo>, string[]]>([
    ['a whole day', { due: '2026-12-24' }, ['DUE;VALUE=DATE:20261224', 'STATUS:NEEDS-ACTION']],
    ['UTC', { due: '2026-12-24T18:00:00[UTC]' }, ['DUE:20261224T180000Z', 'STATUS:NEEDS-ACTION']],
    [
      'a zone that the file does not explain, in UTC',
      { due: '2026-12-24T18:00:00[Europe/Paris]' },
      ['DUE:20261224T170000Z', 'STATUS:NEEDS-ACTION'],
    ],
    [
      'a time before those that the file explains, in UTC',
      { due: '1950-12-24T18:00:00[Asia/Seoul]' },
      ['DUE:19501224T090000Z', 'STATUS:NEEDS-ACTION'],
    ],
    [
      'a whole day that recurs, which begins on that day too',
      { due: '2026-12-24', recurrence: 'FREQ=DAILY;UNTIL=20270101' },
      [
        'DTSTART;VALUE=DATE:20261224',
        'DUE;VALUE=DATE:20261224',
        'RRULE:FREQ=DAILY;UNTIL=20270101',
        'STATUS:NEEDS-ACTION',
      ],
    ],
    [
      'a time that recurs until a day, whose end is in UTC',
      { due: '2026-12-24T18:00:00[Asia/Seoul]', recurrence: 'FREQ=DAILY;UNTIL=20270101' },
      [
        'DTSTART;TZID=Asia/Seoul:20261224T180000',
        'DUE;TZID=Asia/Seoul:20261224T180000',
        'RRULE:FREQ=DAILY;UNTIL=20270101T145959Z',
        'STATUS:NEEDS-ACTION',
      ],
    ],
    [
      'a time that recurs until a time',
      { due: '2026-12-24T18:00:00[Asia/Seoul]', recurrence: 'UNTIL=20270101T180000;FREQ=DAILY' },
      [
        'DTSTART;TZID=Asia/Seoul:20261224T180000',
        'DUE;TZID=Asia/Seoul:20261224T180000',
        'RRULE:UNTIL=20270101T090000Z;FREQ=DAILY',
        'STATUS:NEEDS-ACTION',
      ],
    ],
    [
      'the time that was meant, on a night that has none, and not the one after it',
      { due: '2027-03-28T03:30:00[Europe/Berlin]', recurrence: 'FREQ=DAILY;BYHOUR=2;BYMINUTE=30' },
      [
        'DTSTART;TZID=Europe/Berlin:20270328T023000',
        'DUE;TZID=Europe/Berlin:20270328T023000',
        'RRULE:FREQ=DAILY',
        'STATUS:NEEDS-ACTION',
      ],
    ],
    [
      'no rule of what is done',
      { due: '2026-12-24', recurrence: 'FREQ=DAILY', completedAt: '2026-12-24T10:00:00.000Z' },
      ['DUE;VALUE=DATE:20261224', 'STATUS:COMPLETED', 'COMPLETED:20261224T100000Z'],
    ],
    [
      'a day that recurs until a time, whose end is a day',
      { due: '2026-12-24', recurrence: 'FREQ=DAILY;UNTIL=20270101T180000Z' },
      [
        'DTSTART;VALUE=DATE:20261224',
        'DUE;VALUE=DATE:20261224',
        'RRULE:FREQ=DAILY;UNTIL=20270101',
        'STATUS:NEEDS-ACTION',
      ],
    ],
  ])('writes %s', (_, fields, lines) => {
    expect(linesOf(fields)).toEqual(lines)
  })
})
