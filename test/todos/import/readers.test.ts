import { describe, expect, it } from 'vitest'
import { zoneOf } from '../../../src/todos/import/readers/windows-zones'
import { linesOf, read, show, todosOf } from './read'

const HEADING = 'TYPE,CONTENT,DESCRIPTION,PRIORITY,INDENT,AUTHOR,RESPONSIBLE,DATE,DATE_LANG,TIMEZONE'

describe('Todoist', () => {
  const rows = (...lines: string[]) =>
    linesOf([HEADING, ...lines].join('\n'))
      .slice(1)
      .map(show)

  it('has other columns in older files, in any order, and other delimiters', () => {
    for (const delimiter of [',', ';', '\t']) {
      const file = ['TYPE,PRIORITY,CONTENT', 'task,1,Buy milk'].join('\n').replaceAll(',', delimiter)
      expect(linesOf(file).map(show)).toEqual(['1 skipped heading', '2 [ ] Buy milk | urgent'])
    }
  })

  it('has labels where a word begins, and e-mail addresses are none', () => {
    expect(rows('task,Mail me@example.com @work @ @work', 'task,@only @labels')).toEqual([
      '2 [ ] Mail me@example.com @ | @work',
      '3 [ ] @only @labels | @only @labels',
    ])
  })

  it('puts subtasks under the to-do at the top, and under none that is refused', () => {
    expect(
      rows('task,a,,,1', 'task,b,,,2', 'task,c,,,3', 'task,,,,1', 'task,d,,,2', 'task,e,,,9', 'task,f,,,x'),
    ).toEqual([
      '2 [ ] a',
      '3 [ ] b | under a',
      '4 [ ] c | under a | ! nested_deeper',
      '5 refused blank',
      '6 [ ] d | ! parent_left_out',
      '7 [ ] e | under d',
      '8 [ ] f',
    ])
  })

  it('has comments on the project, and on the task before', () => {
    expect(rows('note,About all of it', 'task,a', 'note,About a', 'note,"More', 'of it"')).toEqual([
      '2 skipped comment About all of it',
      '3 [ ] a | "About a\\n\\nMore\\nof it"',
      '4 skipped joined About a',
      '5-6 skipped joined More of it',
    ])
  })

  it('refuses the record of a quote that is never closed', () => {
    expect(rows('task,a', 'task,"b', 'task,c')).toEqual(['2 [ ] a', '3-4 refused unclosed b task,c'])
  })

  it('says which zone and which priority it does not know', () => {
    expect(rows('task,a,,7,1,,,tomorrow 5pm,en,Nowhere', 'task,b,,1,1,,,tomorrow,en,Nowhere')).toEqual([
      '2 [ ] a | due 2026-11-27T17:00:00 Asia/Seoul | ! priority_changed 7, zone_unknown Nowhere',
      '3 [ ] b | urgent | due 2026-11-27',
    ])
  })

  it('names a task by its section, its parent and its words, so that it is found when its date has moved', () => {
    const named = (...lines: string[]) =>
      todosOf(linesOf([HEADING, ...lines].join('\n'))).map(({ sourceId }) => sourceId)
    const before = named('task,a,,1,1,,,today,en', 'task,b,,,2')
    expect(named('task,a @new,More,4,1,,,in 3 days,en', 'task,b,,,2')).toEqual(before)
    expect(named('task,a', 'task,a', 'task,b,,,2')).toEqual(['a', 'a#2', 'a b'])
  })
})

describe('todo.txt', () => {
  const lines = (...typed: string[]) => linesOf(typed.join('\n'), 'text/plain').map(show)

  it.each([
    ['x 2026-11-20 Pay', '[x] Pay | done 2026-11-19T15:00'],
    ['x Pay', '[x] Pay'],
    ['xylophone', '[ ] xylophone'],
    ['X 2026-11-20 Pay', '[ ] X 2026-11-20 Pay'],
    ['(a) Pay', '[ ] (a) Pay'],
    ['(A)', '[ ] (A)'],
    ['(B) (A) Pay', '[ ] (A) Pay | high'],
    ['(Z) Pay', '[ ] Pay | low | ! priority_changed Z'],
    ['2026-02-30 Pay', '[ ] 2026-02-30 Pay'],
    ['2026-11-20', '[ ] 2026-11-20'],
    ['Pay due:2026-02-30', '[ ] Pay | "due:2026-02-30" | ! due_not_understood 2026-02-30'],
    ['Pay due:2026-11-30 due:2026-12-01', '[ ] Pay due:2026-12-01 | due 2026-11-30'],
    ['Pay at 10:30 see http://example.com', '[ ] Pay at 10:30 see http://example.com'],
    ['Pay +A +B @c', '[ ] Pay | @c @B | in A | ! lists_as_labels B'],
    ['Pay rec:1w', '[ ] Pay | "rec:1w" | ! recurrence_left_out rec:1w'],
    ['Pay rec:+2b due:2026-11-30', '[ ] Pay | due 2026-11-30 | "rec:+2b" | ! recurrence_left_out rec:+2b'],
    ['Pay 1 + 1 @ home', '[ ] Pay 1 + 1 @ home'],
  ])('reads %s', (typed, expected) => {
    expect(lines('a', typed)[1]).toBe(`2 ${expected}`)
  })

  it('finds a task again when it is done', () => {
    const name = (line: string) => todosOf(linesOf(line, 'text/plain')).map(({ sourceId }) => sourceId)
    expect(name('x 2026-11-25 2026-11-20 Pay +Home pri:A due:2026-11-30')).toEqual(
      name('(A) 2026-11-20 Pay +Home due:2026-11-26'),
    )
  })
})

describe('iCalendar', () => {
  const calendar = (...lines: string[]) => ['BEGIN:VCALENDAR', ...lines, 'END:VCALENDAR', ''].join('\r\n')
  const todo = (...lines: string[]) =>
    linesOf(calendar('BEGIN:VTODO', 'SUMMARY:a', ...lines, 'END:VTODO'))
      .slice(1, -1)
      .map(show)
      .map((text) => text.replace(/^[\d-]+ \[.\] a/, '').replace(/^ \| /, ''))[0]

  it.each([
    [['DUE:20261224T180000Z'], 'due 2026-12-24T18:00'],
    [['DUE;VALUE=DATE:20261224'], 'due 2026-12-24'],
    [['DUE:20261224'], 'due 2026-12-24'],
    [['DUE;TZID="Europe/Paris":20261224T180000'], 'due 2026-12-24T18:00:00 Europe/Paris'],
    [['DUE;TZID=Tokyo Standard Time:20261224T180000'], 'due 2026-12-24T18:00:00 Asia/Tokyo'],
    [['DUE:20261332'], '"DUE:20261332" | ! due_not_understood 20261332'],
    [
      ['DTSTART:20261224T220000Z', 'DURATION:P1DT3H'],
      'due 2026-12-26T01:00 | "DTSTART:20261224T220000Z" | ! moved_to_description DTSTART',
    ],
    [['DTSTART;VALUE=DATE:20261224'], '"DTSTART;VALUE=DATE:20261224" | ! moved_to_description DTSTART'],
    [['DTSTART;VALUE=DATE:20261224', 'DUE;VALUE=DATE:20261224'], 'due 2026-12-24'],
    [['DTSTART:20261130T080000Z', 'RRULE:FREQ=WEEKLY'], 'due 2026-11-30T08:00:00 UTC | FREQ=WEEKLY'],
    [
      ['DUE:20261130T080000', 'RRULE:FREQ=DAILY;UNTIL=20261231T200000Z'],
      'due 2026-11-30T08:00:00 Asia/Seoul | FREQ=DAILY;UNTIL=20270101T050000',
    ],
    [
      ['DUE:20261130', 'RRULE:FREQ=MONTHLY;BYMONTHDAY=05;COUNT=3'],
      'due 2026-11-30 | FREQ=MONTHLY;BYMONTHDAY=5;COUNT=3',
    ],
    [
      ['DTSTART:20261130', 'DUE:20261202', 'RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261228'],
      'due 2026-12-02 | FREQ=WEEKLY;BYDAY=MO;UNTIL=20261230 | "DTSTART:20261130" | ! moved_to_description DTSTART, recurrence_from_start FREQ=WEEKLY;BYDAY=MO;UNTIL=20261228',
    ],
    [['RRULE:FREQ=DAILY'], '"RRULE:FREQ=DAILY" | ! recurrence_left_out RRULE:FREQ=DAILY'],
    [['PRIORITY:3'], 'high'],
    [['PRIORITY:6'], 'low'],
    [['PRIORITY:12'], '! priority_changed 12'],
    [['CATEGORIES:a\\,b,c', 'CATEGORIES:d'], '@a,b @c @d'],
    [['DESCRIPTION;LANGUAGE="de:at":one\\ntwo\\\\n'], '"one\\ntwo\\\\n"'],
    [['RELATED-TO;RELTYPE=SIBLING:other'], '"RELATED-TO: other" | ! moved_to_description RELATED-TO'],
    [['RELATED-TO:nobody'], '! parent_left_out'],
    [['ATTACH;VALUE=BINARY;ENCODING=BASE64:AAAA'], '! attachments_left_out'],
    [['no colon'], '"no colon"'],
    [['STATUS:NEEDS-ACTION', 'PERCENT-COMPLETE:100'], '! progress_left_out 100 %'],
  ])('reads %j', (lines, expected) => {
    expect(todo(...lines)).toBe(expected)
  })

  it('is done by its status, when it was completed, or at 100 %', () => {
    for (const line of ['STATUS:COMPLETED', 'COMPLETED:20261101T100000Z', 'PERCENT-COMPLETE:100']) {
      expect(todosOf(linesOf(calendar('BEGIN:VTODO', 'SUMMARY:a', line, 'END:VTODO')))[0]?.isDone).toBe(true)
    }
  })

  it('keeps both of two to-dos with one UID, and breaks a circle of parents', () => {
    const one = (uid: string, parent: string) => [
      'BEGIN:VTODO',
      'SUMMARY:a',
      `UID:${uid}`,
      `RELATED-TO:${parent}`,
      'END:VTODO',
    ]
    const todos = todosOf(linesOf(calendar(...one('a', 'b'), ...one('b', 'a'), ...one('a', 'c'), ...one('d', 'd'))))
    expect(todos.map(({ sourceId, parent }) => [sourceId, parent])).toEqual([
      ['a', null],
      ['b', null],
      ['a#2', null],
      ['d', null],
    ])
  })

  it('knows a zone by what the file says of it', () => {
    const zone = ['BEGIN:VTIMEZONE', 'TZID:Home', 'X-LIC-LOCATION:Europe/Berlin', 'END:VTIMEZONE']
    const lines = linesOf(calendar(...zone, 'BEGIN:VTODO', 'SUMMARY:a', 'DUE;TZID=Home:20261224T180000', 'END:VTODO'))
    expect(show(lines[2] ?? expect.fail())).toBe('6-9 [ ] a | due 2026-12-24T18:00:00 Europe/Berlin')
  })

  it('has several calendars in one file, each with its name', () => {
    const one = (name: string) =>
      calendar(...(name ? [`X-WR-CALNAME:${name}`] : []), 'BEGIN:VTODO', 'SUMMARY:a', 'END:VTODO')
    const lists = todosOf(linesOf(one('A') + one('') + one('B'))).map(({ list }) => list)
    expect(lists).toEqual(['A', null, 'B'])
  })

  it('refuses a to-do that the file ends in, and takes those before it', () => {
    const file = calendar('BEGIN:VTODO', 'SUMMARY:a', 'END:VTODO', 'BEGIN:VTODO', 'SUMMARY:b').replace(
      'END:VCALENDAR',
      'X:',
    )
    expect(linesOf(file).map(show)).toEqual(['1 skipped heading', '2-4 [ ] a', '5-7 refused unclosed b'])
  })
})

describe('Google Tasks', () => {
  it('takes the answer of the API for one list', () => {
    const file = { kind: 'tasks#tasks', items: [{ id: 'a', title: 'a', status: 'completed' }, 7] }
    expect(linesOf(JSON.stringify(file)).map(show)).toEqual(['1 skipped list', '2 [x] a', '3 refused unreadable'])
  })
})

describe('Microsoft To Do', () => {
  const task = (more: object) => linesOf(JSON.stringify([{ title: 'a', importance: 'normal', ...more }])).map(show)[0]

  it.each([
    [{ type: 'daily', interval: 2 }, 'FREQ=DAILY;INTERVAL=2'],
    [
      { type: 'weekly', interval: 1, daysOfWeek: ['monday', 'friday'], firstDayOfWeek: 'monday' },
      'FREQ=WEEKLY;BYDAY=MO,FR;WKST=MO',
    ],
    [{ type: 'absoluteYearly', interval: 1, month: 12, dayOfMonth: 24 }, 'FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24'],
    [{ type: 'relativeMonthly', interval: 1, daysOfWeek: ['friday'], index: 'third' }, 'FREQ=MONTHLY;BYDAY=3FR'],
    [
      { type: 'relativeYearly', interval: 1, month: 11, daysOfWeek: ['thursday'], index: 'fourth' },
      'FREQ=YEARLY;BYMONTH=11;BYDAY=4TH',
    ],
  ])('takes a recurrence: %j', (pattern, rule) => {
    const dueDateTime = { dateTime: '2026-11-30T00:00:00.0000000', timeZone: 'UTC' }
    expect(task({ dueDateTime, recurrence: { pattern } })).toBe(`1 [ ] a | due 2026-11-30 | ${rule}`)
    expect(task({ dueDateTime, recurrence: { pattern, range: { type: 'numbered', numberOfOccurrences: 3 } } })).toBe(
      `1 [ ] a | due 2026-11-30 | ${rule};COUNT=3`,
    )
  })

  it('leaves a recurrence out that it does not know', () => {
    const recurrence = { pattern: { type: 'lunar', interval: 1 } }
    expect(task({ recurrence })).toContain('! recurrence_left_out recurrence: lunar 1')
  })

  it('takes one list, lists, an answer, or tasks', () => {
    const tasks = [{ title: 'a', importance: 'normal' }]
    const list = { displayName: 'L', tasks }
    for (const file of [list, [list], { value: [list] }, { lists: [list] }]) {
      expect(linesOf(JSON.stringify(file)).map(show)).toEqual(['1 skipped list L', '2 [ ] a | in L'])
    }
    for (const file of [tasks, { value: tasks }]) expect(linesOf(JSON.stringify(file)).map(show)).toEqual(['1 [ ] a'])
  })

  it('reads the text of HTML', () => {
    const html = (content: string) => task({ body: { content, contentType: 'html' } })?.replace('1 [ ] a', '')
    expect(html('<p>1 &lt; 2 &#44;&#x48;&nosuch;</p><script>x()</script>end')).toBe(' | "1 < 2 ,H&nosuch;\\nend"')
    expect(html('a <b')).toBe(' | "a <b"')
    expect(html('<<<&#99999999;&#0;')).toContain('&#0;')
  })
})

describe('texts', () => {
  const titles = (title: string, more: object = {}) =>
    todosOf(linesOf(JSON.stringify([{ title, importance: 'normal', ...more }])))

  it('are cut where they are too long, and the whole text goes to the description', () => {
    const [long] = titles('가'.repeat(501))
    expect(long?.contents).toBe('가'.repeat(500))
    expect(long?.description).toBe('가'.repeat(501))
    expect(long?.notes.map(({ code }) => code)).toEqual(['contents_cut'])
    const [longer] = titles(`${'b'.repeat(11_000)}`)
    expect(longer?.description).toBe('b'.repeat(10_000))
    expect(longer?.notes.map(({ code }) => code)).toEqual(['contents_cut', 'description_cut'])
    expect(titles('🥛'.repeat(500))[0]?.notes).toEqual([])
  })

  it('have at most 10 labels of 50 characters. The others go to the description', () => {
    const categories = [...Array.from({ length: 11 }, (_, n) => `l${n}`), 'x'.repeat(51), 'l3', ' ', 7]
    const [todo] = titles('a', { categories })
    expect(todo?.labels).toEqual(Array.from({ length: 10 }, (_, n) => `l${n}`))
    expect(todo?.description).toBe(`@l10\n\n@${'x'.repeat(51)}`)
    expect(todo?.notes.map(({ code }) => code)).toEqual(['labels_moved'])
  })

  it('have no control characters, lone surrogates or towers of marks, and line feeds only in descriptions', () => {
    const [todo] = titles(`a\0b\u0007\ud800c\n\td e${'\u0301'.repeat(100)}`, {
      body: { content: 'a\r\nb\0', contentType: 'text' },
    })
    expect(todo?.contents).toBe(`ab\ufffdc d é${'\u0301'.repeat(29)}`)
    expect(todo?.description).toBe('a\nb')
    expect(todo?.notes.map(({ code }) => code)).toEqual(['characters_left_out'])
  })

  it('are refused where they are blank, for their line only', () => {
    for (const blank of ['', ' ', '\u200b', '\u3164', '\0', '\ud800'.slice(1)]) {
      const lines = linesOf(JSON.stringify([blank, 'b'].map((title) => ({ title, importance: 'low' }))))
      expect(lines.map(({ kind }) => kind)).toEqual(['refused', 'todo'])
    }
  })
})

it('has a few notes on a to-do, however much of it is left out', () => {
  const lines = ['SUMMARY:a', `CATEGORIES:${'b'.repeat(60)}`, ...Array.from({ length: 900 }, () => 'RDATE:20261224')]
  const [todo] = todosOf(linesOf(`BEGIN:VCALENDAR\nBEGIN:VTODO\n${lines.join('\n')}\nEND:VTODO\nEND:VCALENDAR\n`))
  expect(todo?.notes).toHaveLength(11)
  expect(todo?.notes.at(-1)?.code).toBe('labels_moved')
})

it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('takes %s for a word like any other', (word) => {
  const priorities = (file: string) => todosOf(linesOf(file)).map(({ priority }) => priority)
  expect(priorities(`TYPE,CONTENT,PRIORITY\ntask,a,${word}`)).toEqual(['none'])
  expect(priorities(`(A) a\nb pri:${word}`)).toEqual(['urgent', 'none'])
  const recurrence = { pattern: { type: 'relativeMonthly', daysOfWeek: [word], index: word } }
  const task = { title: `&${word};`, importance: word, dueDateTime: { dateTime: '2026-12-24T00:00:00' }, recurrence }
  expect(priorities(JSON.stringify([task]))).toEqual(['none'])
})

it('leaves out times that nobody can have, and keeps the to-do', () => {
  const task = { title: 'a', importance: 'low', createdDateTime: '2027-01-01T00:00:00Z' }
  const far = { ...task, dueDateTime: { dateTime: '9999-99-99T00:00:00', timeZone: 'UTC' } }
  const lines = linesOf(JSON.stringify([task, far]))
  expect(todosOf(lines).map(({ notes }) => notes.map(({ code }) => code))).toEqual([
    ['time_left_out'],
    ['due_not_understood', 'time_left_out'],
  ])
})

it('gives up on the rules of a file after five that never come: each takes 30 ms', () => {
  const todo = (rule: string) => ['BEGIN:VTODO', 'SUMMARY:a', 'DUE:20261130', `RRULE:${rule}`, 'END:VTODO']
  const never = Array.from({ length: 2000 }, (_, n) =>
    todo(`FREQ=DAILY;INTERVAL=${(n % 999) + 1};BYMONTH=2;BYMONTHDAY=30`),
  )
  const start = [
    todo('FREQ=WEEKLY;BYDAY=MO'),
    ...never,
    todo('FREQ=WEEKLY;BYDAY=MO;COUNT=7'),
    todo('FREQ=WEEKLY;BYDAY=TU'),
  ]
  const lines = read(['BEGIN:VCALENDAR', ...start.flat(), 'END:VCALENDAR'].join('\n'))
  const rules = 'lines' in lines ? todosOf(lines.lines).map(({ rule }) => rule) : []
  expect([rules[0], rules[1], ...rules.slice(-2)]).toEqual([
    'FREQ=WEEKLY;BYDAY=MO',
    null,
    'FREQ=WEEKLY;BYDAY=MO;COUNT=7',
    null,
  ])
})

describe('the name of a zone', () => {
  it.each([
    ['Korea Standard Time', 'Asia/Seoul'],
    ['central standard time (mexico)', 'America/Mexico_City'],
    ['UTC-02', 'Etc/GMT+2'],
    ['Europe/Kyiv', 'Europe/Kyiv'],
    ['/mozilla.org/20050126_1/Europe/Berlin', 'Europe/Berlin'],
    ['/freeassociation.sourceforge.net/America/Argentina/Salta', 'America/Argentina/Salta'],
    ['Customized Time Zone', null],
    ['+09:00', null],
    ['', null],
  ])('%s is %s', (name, zone) => {
    expect(zoneOf(name)).toBe(zone)
  })
})
