import { describe, expect, it } from 'vitest'
import type { ExportedTodo } from '../../../src/todos/export/exported-todo'
import { todoTxtWriter } from '../../../src/todos/export/todo-txt'
import { exportedTodo, fileOf } from './exported-todo'

const lineOf = (fields: Partial<ExportedTodo>, zone = 'UTC') => fileOf(todoTxtWriter(zone), [exportedTodo(fields)])

describe('the todo.txt of an export', () => {
  it.each<[string, Partial<ExportedTodo>, string]>([
    ['a plain one', {}, '2026-11-20 Buy milk'],
    ['priorities', { priority: 'urgent' }, '(A) 2026-11-20 Buy milk'],
    ['the lowest priority', { priority: 'low' }, '(D) 2026-11-20 Buy milk'],
    [
      'one that is done',
      { completedAt: '2026-11-25T10:00:00.000Z', priority: 'medium' },
      'x (C) 2026-11-25 2026-11-20 Buy milk',
    ],
    [
      'a list and labels, whose spaces are no ends',
      { list: 'My  house', labels: ['phone', 'deep work'] },
      '2026-11-20 Buy milk +My_house @phone @deep_work',
    ],
    ['a day', { due: '2026-12-24' }, '2026-11-20 Buy milk due:2026-12-24'],
    [
      'a time, which has only its day',
      { due: '2026-12-24T18:00:00[Asia/Seoul]' },
      '2026-11-20 Buy milk due:2026-12-24',
    ],
    [
      'a rule',
      { due: '2026-12-24', recurrence: 'FREQ=WEEKLY;INTERVAL=2' },
      '2026-11-20 Buy milk due:2026-12-24 rec:+2w',
    ],
    [
      'the days of business',
      { due: '2026-12-24', recurrence: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR' },
      '2026-11-20 Buy milk due:2026-12-24 rec:+1b',
    ],
    [
      'a rule that the format has no word for',
      { due: '2026-12-24', recurrence: 'FREQ=MONTHLY;COUNT=3' },
      '2026-11-20 Buy milk due:2026-12-24',
    ],
    [
      'no rule of what is done',
      { due: '2026-12-24', recurrence: 'FREQ=DAILY', completedAt: '2026-12-24T10:00:00.000Z' },
      'x 2026-12-24 2026-11-20 Buy milk due:2026-12-24',
    ],
    ['several lines', { contents: ' one\n  two ' }, '2026-11-20 one two'],
    [
      'words that would mean something',
      { contents: 'x (A) due:2026-01-01 rec:1d a:b' },
      '2026-11-20 x (A) due: 2026-01-01 rec: 1d a:b',
    ],
  ])('has %s', (_, fields, line) => {
    expect(lineOf(fields)).toBe(`${line}\n`)
  })

  it('has the days of the person', () => {
    const late = { createdAt: '2026-11-20T20:00:00.000Z', completedAt: '2026-11-21T20:00:00.000Z' }
    expect(lineOf(late, 'Asia/Seoul')).toBe('x 2026-11-22 2026-11-21 Buy milk\n')
    expect(lineOf(late, 'America/Sao_Paulo')).toBe('x 2026-11-21 2026-11-20 Buy milk\n')
  })
})
