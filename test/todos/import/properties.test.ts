import fc from 'fast-check'
import { describe, expect, inject, it } from 'vitest'
import type { Line } from '../../../src/todos/import/found-todo'
import { countWork } from './count-work'
import { checkTodos, read, todosOf } from './read'

const runs = inject('propertyRuns') ?? 300

const CONTENT_TYPES = ['text/csv', 'text/plain', 'text/calendar', 'application/json', 'application/octet-stream', '']

const pieces = (...texts: string[]) => fc.constantFrom(...texts)
const anyText = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  pieces(
    '',
    ' ',
    '\0',
    '\ud800',
    '"',
    '""',
    ',',
    ';',
    '\n',
    '\r\n',
    '\r',
    '\t',
    '\\',
    '\\n',
    ':',
    '@a',
    '+b',
    '\u0301'.repeat(40),
  ),
  pieces(
    'x'.repeat(600),
    '2026-12-24',
    'every day',
    'due:2026-12-24',
    '9'.repeat(20),
    'Europe/Berlin',
    'UTC',
    'İ',
    '🥛',
  ),
)

/** A text of pieces that a format is made of, in any order. */
const textOf = (...texts: string[]) =>
  fc
    .array(fc.oneof({ weight: 3, arbitrary: pieces(...texts) }, anyText), { maxLength: 60 })
    .map((parts) => parts.join(''))

const HEADING =
  'TYPE,CONTENT,DESCRIPTION,PRIORITY,INDENT,AUTHOR,RESPONSIBLE,DATE,DATE_LANG,TIMEZONE,DURATION,DURATION_UNIT,DEADLINE'

const words = [
  'every',
  ' ',
  '!',
  '2',
  '31',
  'week',
  'day',
  'month',
  'friday',
  'dec',
  'starting',
  'until',
  'for',
  'last',
  '5pm',
  '18:00',
]
const wordsOfOthers = [
  '매주',
  '월요일',
  '마다',
  '毎月',
  '第3',
  '金曜日',
  'jeden',
  'tous les',
  'cada',
  'todo dia',
  '24.12.',
  '2026',
]

const todoist = textOf(
  ',',
  ',',
  ',',
  '\n',
  '\ntask,a',
  '\ntask,"b',
  '"',
  '\nnote,c',
  '\nsection,d',
  '\nmeta,e',
  '1',
  '2',
  ...words,
  ...wordsOfOthers,
).map((text) => `${HEADING}\n${text}`)
const todoTxt = textOf(
  'x ',
  '(A) ',
  '2026-11-20 ',
  'word ',
  '+Home ',
  '@phone ',
  'due:2026-11-30 ',
  'rec:2w ',
  'rec:+1b',
  't:2026-01-01',
  'pri:C',
  '\n',
)
const names = [
  'SUMMARY',
  'UID',
  'DUE',
  'DTSTART',
  'DURATION',
  'RRULE',
  'CREATED',
  'COMPLETED',
  'STATUS',
  'PRIORITY',
  'CATEGORIES',
  'RELATED-TO',
  'ATTACH',
]
const values = [
  'a',
  'b',
  '20261224',
  '20261224T180000Z',
  '20261224T180000',
  'PT1H',
  'P1W',
  'FREQ=DAILY',
  'FREQ=WEEKLY;BYDAY=MO;UNTIL=20270101T000000Z',
  'COMPLETED',
  '5',
]
const calendar = textOf(
  ...[
    '\nBEGIN:VTODO',
    '\nEND:VTODO',
    '\nBEGIN:VEVENT',
    '\nEND:VEVENT',
    '\nBEGIN:VALARM',
    '\nEND:VALARM',
    '\nEND:VCALENDAR',
    '\n ',
    ';TZID=',
    ';VALUE=DATE',
  ],
  ...names.map((name) => `\n${name}:`),
  ...values,
).map((text) => `BEGIN:VCALENDAR\n${text}`)

const json = (shape: (value: fc.Arbitrary<unknown>) => fc.Arbitrary<unknown>) =>
  shape(
    fc.oneof(anyText, fc.jsonValue({ maxDepth: 2 }), pieces('2026-12-24T00:00:00.000Z', 'completed', 'a', 'b')),
  ).map((value) => JSON.stringify(value))
const google = json((value) => {
  const keys = ['id', 'title', 'notes', 'status', 'due', 'completed', 'parent', 'deleted', 'links', 'created']
  const task = fc.record(Object.fromEntries(keys.map((key) => [key, value])), { requiredKeys: [] })
  const list = fc.record({
    title: value,
    items: fc.oneof({ weight: 4, arbitrary: fc.array(fc.oneof(task, value)) }, value),
  })
  return fc.record({ kind: fc.constant('tasks#taskLists'), items: fc.array(list) })
})
const microsoft = json((value) => {
  const dateTime = fc.record({
    dateTime: pieces('2026-12-24T00:00:00.0000000', '2026-12-24T18:00:00', 'x'),
    timeZone: value,
  })
  const recurrence = fc.record({
    pattern: fc.record({
      type: pieces('daily', 'weekly', 'absoluteMonthly', 'relativeYearly'),
      interval: value,
      month: value,
      dayOfMonth: value,
      daysOfWeek: value,
      index: value,
    }),
    range: value,
  })
  const step = fc.record({ id: value, displayName: value, isChecked: value }, { requiredKeys: [] })
  const task = fc.record({
    id: value,
    title: anyText,
    importance: value,
    status: value,
    body: value,
    categories: value,
    dueDateTime: fc.oneof(dateTime, value),
    completedDateTime: fc.oneof(dateTime, value),
    recurrence: fc.oneof(recurrence, value),
    checklistItems: fc.oneof(fc.array(step), value),
    linkedResources: value,
  })
  const list = fc.record({ displayName: anyText, tasks: fc.array(fc.oneof({ weight: 4, arbitrary: task }, value)) })
  return fc.oneof(fc.array(fc.oneof(task, value)), fc.record({ value: fc.array(list) }))
})

const FILES = {
  todoist,
  todoTxt,
  calendar,
  google,
  microsoft,
  text: textOf('[', '{', '"', 'BEGIN:VCALENDAR\n', 'TYPE,CONTENT\n'),
}

/** How many lines a text has, as an editor counts them. */
const countLines = (text: string): number =>
  text === '' ? 0 : text.replace(/(?:\r\n|\r|\n)$/, '').split(/\r\n|\r|\n/).length

/** From 1, each once and in order. */
function checkPlaces(lines: Line[], count: number | null): void {
  let next = 1
  for (const { line, lastLine } of lines) {
    expect(line).toBe(next)
    expect(lastLine).toBeGreaterThanOrEqual(line)
    next = lastLine + 1
  }
  if (count !== null) expect(next - 1).toBe(count)
}

describe.each(Object.entries(FILES))('a file of %s', (_, files) => {
  it('never throws, accounts for each line once, and has the same names when it is read again', () => {
    fc.assert(
      fc.property(files, fc.constantFrom(...CONTENT_TYPES), (text, contentType) => {
        const bytes = new TextEncoder().encode(text)
        const reading = read(bytes, contentType)
        expect(read(bytes, contentType)).toEqual(reading)
        if ('fault' in reading) return
        const isJson = ['google_tasks', 'microsoft_to_do'].includes(reading.format)
        checkPlaces(reading.lines, isJson ? null : countLines(new TextDecoder().decode(bytes)))
        checkTodos(todosOf(reading.lines))
      }),
      { numRuns: runs },
    )
  })
})

it('of any bytes never throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...CONTENT_TYPES), (bytes, contentType) => {
      read(bytes, contentType)
    }),
    { numRuns: runs },
  )
})

const rows = (row: string) => (n: number) => `${HEADING}\n${row.repeat(n)}`
const calendarOf = (lines: string) => (n: number) => `BEGIN:VCALENDAR\n${lines.repeat(n)}END:VCALENDAR\n`
const tasks = (task: (n: number) => object) => (n: number) =>
  JSON.stringify({
    kind: 'tasks#taskLists',
    items: [{ title: 'a', items: Array.from({ length: n }, (_, at) => task(at)) }],
  })

describe('twice the input takes at most 2.5 times the work', () => {
  it.each<[string, (n: number) => string]>([
    ['tasks of Todoist', rows('task,a @b,c,1,1,,,every 3rd friday,en,UTC\n')],
    [
      'subtasks of Todoist, each under the one before',
      (n) => rows('')(0) + Array.from({ length: n }, (_, at) => `task,a,,,${at + 1}\n`).join(''),
    ],
    ['a quote that is never closed', rows('"a,\n')],
    ['doubled quotes in one cell', (n) => `${HEADING}\ntask,"${'""'.repeat(n)}"\n`],
    ['cells in one row', (n) => `${HEADING}\ntask,a${','.repeat(n)}\n`],
    ['comments on one task', (n) => `${HEADING}\ntask,a\n${'note,b\n'.repeat(n)}`],
    ['lines of todo.txt', (n) => '(A) 2026-11-20 a +b @c due:2026-11-30 rec:1w\n'.repeat(n)],
    ['words in one line', (n) => `${'a +b @c '.repeat(n)}\n`],
    ['to-dos of a calendar', calendarOf('BEGIN:VTODO\nSUMMARY:a\nDUE:20261130\nRRULE:FREQ=DAILY\nEND:VTODO\n')],
    [
      'folded lines of one text',
      (n) => calendarOf(`BEGIN:VTODO\nSUMMARY:a\nDESCRIPTION:b\n${' c\n'.repeat(n)}END:VTODO\n`)(1),
    ],
    [
      'escapes and categories',
      (n) => calendarOf(`BEGIN:VTODO\nSUMMARY:a\nCATEGORIES:${'\\,b,'.repeat(n)}\nEND:VTODO\n`)(1),
    ],
    [
      'parameters of one property',
      (n) => calendarOf(`BEGIN:VTODO\nSUMMARY:a\nDUE${';a="b"'.repeat(n)}:1\nEND:VTODO\n`)(1),
    ],
    ['parts within parts', (n) => `BEGIN:VCALENDAR\n${'BEGIN:VTODO\n'.repeat(n)}${'END:VTODO\n'.repeat(n)}`],
    ['tasks of Google, each under the one before', tasks((n) => ({ id: `${n}`, title: 'a', parent: `${n - 1}` }))],
    ['tasks of Google in a circle', tasks((n) => ({ id: `${n}`, title: 'a', parent: `${(n + 1) % 500}` }))],
    ['tasks with one id', tasks(() => ({ id: 'a', title: 'a' }))],
    ['tasks with names that are taken', tasks((n) => ({ id: n % 2 ? 'a' : `a#${n / 2 + 2}`, title: 'a' }))],
    [
      'HTML',
      (n) =>
        JSON.stringify([
          { title: 'a', importance: 'low', body: { contentType: 'html', content: '<p>&lt;<'.repeat(n) } },
        ]),
    ],
    [
      'brackets of HTML',
      (n) => JSON.stringify([{ title: 'a', importance: 'low', body: { contentType: 'html', content: '<'.repeat(n) } }]),
    ],
  ])('%s', (_, make) => {
    const work = (n: number) => {
      const bytes = new TextEncoder().encode(make(n))
      return countWork(() => read(bytes, 'text/plain'))
    }
    work(1)
    const [once, twice] = [work(2000), work(4000)]
    expect(once).toBeGreaterThan(500)
    expect(twice / once).toBeLessThan(2.5)
  })
})
