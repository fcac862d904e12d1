import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wallClockAt } from '../../../src/lib/zone'
import { readDue, toDueColumns } from '../../../src/todos/due'
import type { ExportedTodo, FileWriter } from '../../../src/todos/export/exported-todo'
import { toZones } from '../../../src/todos/export/file-formats'
import { icsWriter } from '../../../src/todos/export/ics'
import { todoTxtWriter } from '../../../src/todos/export/todo-txt'
import type { FoundTodo } from '../../../src/todos/import/found-todo'
import { readFile } from '../../../src/todos/import/readers/read-file'
import { PRIORITIES } from '../../../src/todos/schemas'
import { exportedTodo, fileOf } from './exported-todo'

/*
 * What our own import finds in a file of our own export.
 */

const NOW = Date.parse('2026-12-01T12:00:00Z')
const ZONES = ['Asia/Seoul', 'Europe/Berlin', 'America/New_York', 'Pacific/Apia', 'Asia/Kathmandu', 'UTC']

const word = fc.string({
  unit: fc.constantFrom('a', 'B', '0', ',', ';', ':', '\\', '"', '(', 'é', '할', '🦊'),
  minLength: 1,
  maxLength: 12,
})
const line = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(' '))
const name = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '))
const past = fc.integer({ min: Date.UTC(2020, 0), max: NOW }).map((ms) => new Date(ms).toISOString())
const day = fc
  .integer({ min: 0, max: 5000 })
  .map((days) => new Date(Date.UTC(2024, 0, 1 + days)).toISOString().slice(0, 10))
/** A time that there is: not in the hour that a night leaves out. */
const time = fc
  .tuple(fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2036, 0) }), fc.constantFrom(...ZONES))
  .map(([ms, zone]) => `${new Date(wallClockAt(ms, zone)).toISOString().slice(0, 19)}[${zone}]`)
const rule = fc.constantFrom(
  'FREQ=DAILY',
  'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH',
  'FREQ=MONTHLY;BYMONTHDAY=-1',
  'FREQ=YEARLY;COUNT=5',
  'FREQ=DAILY;UNTIL=20400101',
  'FREQ=WEEKLY;UNTIL=20400101T120000',
)

/** To-dos, of which each may be a subtask of the first. */
const todos = fc
  .array(
    fc.record({
      contents: line,
      description: fc.option(fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => lines.join('\n'))),
      priority: fc.constantFrom(...PRIORITIES),
      labels: fc.uniqueArray(name, { maxLength: 4 }),
      due: fc.option(fc.oneof(day, time)),
      recurrence: fc.option(rule),
      list: fc.option(name),
      completedAt: fc.option(past),
      createdAt: past,
      isSubtask: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((all) =>
    all.map(({ isSubtask, ...todo }, index) => {
      const isChild = isSubtask && index > 0
      const recurrence = todo.due === null || isChild ? null : todo.recurrence
      const parentId = isChild ? idOf(0) : null
      return exportedTodo({ ...todo, id: idOf(index), isDone: todo.completedAt !== null, recurrence, parentId })
    }),
  )

const idOf = (index: number) => `019c8d2e-7a64-7c3f-8f1e-00000000000${index}`

function read(writer: FileWriter, all: ExportedTodo[], contentType: string): FoundTodo[] {
  const reading = readFile(new TextEncoder().encode(fileOf(writer, all)), { contentType, now: NOW, zone: 'Asia/Seoul' })
  if ('fault' in reading) throw new Error(reading.fault)
  return reading.lines.flatMap((found) => {
    if (found.kind === 'refused') throw new Error(found.why)
    return found.kind === 'todo' ? [found.todo] : []
  })
}

const seconds = (time: string | null) => (time === null ? null : Math.floor(Date.parse(time) / 1000) * 1000)

function expectedDue(due: string | null, recurs: boolean): FoundTodo['due'] {
  const found = due === null ? null : readDue(due)
  if (found === null) return null
  if (found.kind === 'day') return { day: found.day }
  const { dueAt } = toDueColumns(found)
  if (found.zone === 'UTC' && !recurs) return { instant: dueAt }
  return { wallClock: new Date(found.wallClockMs).toISOString().slice(0, 19), zone: found.zone }
}

/** The import writes the end of a rule as that of a day, or of a time on the wall clock. */
const sameRule = (rule: string | null, due: string | null) =>
  due?.includes('T')
    ? (rule?.replace(/UNTIL=(\d{8})$/, 'UNTIL=$1T235959') ?? null)
    : (rule?.replace(/(UNTIL=\d{8})T\d+/, '$1') ?? null)

function zonesOf(all: ExportedTodo[]) {
  const rows = all.flatMap(({ due }) => {
    const found = due === null ? null : readDue(due)
    if (found?.kind !== 'time') return []
    const { dueAt } = toDueColumns(found)
    return [{ zone: found.zone, first: dueAt, last: dueAt }]
  })
  const groups = Map.groupBy(rows, ({ zone }) => zone)
  return toZones(
    [...groups].map(([zone, some]) => ({
      zone,
      first: Math.min(...some.map(({ first }) => first)),
      last: Math.max(...some.map(({ last }) => last)),
    })),
    NOW,
  )
}

describe('our own import', () => {
  it('finds the same to-dos in an iCalendar of our own', () => {
    fc.assert(
      fc.property(todos, (all) => {
        expect(read(icsWriter(zonesOf(all)), all, 'text/calendar')).toEqual(
          all.map((todo) => ({
            sourceId: todo.id,
            contents: todo.contents,
            description: todo.description,
            priority: todo.priority,
            labels: todo.labels,
            isDone: todo.isDone,
            createdAt: seconds(todo.createdAt),
            completedAt: seconds(todo.completedAt),
            due: expectedDue(todo.due, todo.recurrence !== null && !todo.isDone),
            rule: todo.isDone ? null : sameRule(todo.recurrence, todo.due),
            parent: todo.parentId,
            list: todo.list,
            notes: [],
            dueWords: null,
          })),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('finds in a todo.txt of our own what that format can say', () => {
    const plain = todos.map((all) =>
      all.map((todo) => ({
        ...todo,
        recurrence: todo.recurrence === null ? null : 'FREQ=WEEKLY;INTERVAL=2',
        labels: todo.labels
          .map((label) => label.replaceAll(' ', ''))
          .filter((label, n, labels) => labels.indexOf(label) === n),
        list: todo.list?.replaceAll(' ', '') ?? null,
      })),
    )
    fc.assert(
      fc.property(plain, (all) => {
        const found = read(todoTxtWriter('Asia/Seoul'), all, 'text/plain')
        const dayOf = (time: string | null) =>
          time === null
            ? null
            : Date.parse(`${new Date(Date.parse(time) + 9 * 3_600_000).toISOString().slice(0, 10)}T00:00:00+09:00`)
        expect(found.map(({ sourceId: _, ...todo }) => todo)).toEqual(
          all.map((todo) => ({
            contents: todo.contents,
            description: null,
            priority: todo.priority,
            labels: todo.labels,
            isDone: todo.isDone,
            createdAt: dayOf(todo.createdAt),
            completedAt: dayOf(todo.completedAt),
            due: todo.due === null ? null : { day: todo.due.slice(0, 10) },
            rule: todo.due === null || todo.isDone ? null : todo.recurrence,
            parent: null,
            list: todo.list,
            notes: [],
            dueWords: null,
          })),
        )
      }),
      { numRuns: 60 },
    )
  })
})
