import fc from 'fast-check'
import { describe, expect, inject, it } from 'vitest'
import type { Line } from '../../../src/todos/import/found-todo'
import { countWork } from './count-work'
import { CONTENT_TYPES, HEADING, RANDOM_FILES } from './random-files'
import { checkTodos, read, todosOf } from './read'

const runs = inject('propertyRuns') ?? 300

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

describe.each(Object.entries(RANDOM_FILES))('a file of %s', (_, files) => {
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
    [
      'labels in many lines of a calendar',
      (n) => `BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:a\n${'CATEGORIES:a,b,c\n'.repeat(n / 5)}END:VTODO\nEND:VCALENDAR\n`,
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
