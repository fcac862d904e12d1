import fc from 'fast-check'

/* Files that look like those of some program, and are damaged. */

export const CONTENT_TYPES = [
  'text/csv',
  'text/plain',
  'text/calendar',
  'application/json',
  'application/octet-stream',
  '',
]

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

export const HEADING =
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

/** Texts that are made of what a format has, in any order. */
export const RANDOM_FILES = {
  todoist,
  todoTxt,
  calendar,
  google,
  microsoft,
  text: textOf('[', '{', '"', 'BEGIN:VCALENDAR\n', 'TYPE,CONTENT\n'),
}
