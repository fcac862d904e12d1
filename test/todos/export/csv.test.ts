import { describe, expect, it } from 'vitest'
import { csvWriter } from '../../../src/todos/export/csv'
import { readCsv } from '../../../src/todos/import/readers/csv'
import { decodeFile } from '../../../src/todos/import/readers/decode'
import { exportedTodo, fileOf } from './exported-todo'

const recordsOf = (text: string) => {
  const decoded = decodeFile(new TextEncoder().encode(text))
  return [...readCsv(decoded ?? '', ',')].map(({ cells }) => cells)
}

describe('the CSV of an export', () => {
  it('has a column for each field, and its bytes are UTF-8 with a byte order mark', () => {
    const todo = exportedTodo({
      contents: '할 일, "now"',
      description: 'one\ntwo',
      labels: ['home', 'deep work'],
      due: '2026-12-24T18:00:00[Asia/Seoul]',
      dueAt: '2026-12-24T09:00:00.000Z',
      recurrence: 'FREQ=DAILY',
      list: 'House',
    })
    const text = fileOf(csvWriter(), [todo])
    expect([...new TextEncoder().encode(text)].slice(0, 3)).toEqual([0xef, 0xbb, 0xbf])
    expect(text.slice(1)).toBe(
      'id,contents,description,priority,isDone,labels,due,dueAt,recurrence,list,parentId,position,completedAt,createdAt,updatedAt\r\n' +
        `${todo.id},"할 일, ""now""","one\ntwo",none,false,"home, deep work",2026-12-24T18:00:00[Asia/Seoul],2026-12-24T09:00:00.000Z,` +
        `FREQ=DAILY,House,,${todo.position},,2026-11-20T10:00:00.000Z,2026-11-21T10:00:00.000Z\r\n`,
    )
    expect(recordsOf(text)[1]?.[1]).toBe('할 일, "now"')
  })

  it.each(['=1+1', '+1', '-1', '@SUM(1)', '\t=1', '\r\n=1', ' =1', '＝1', '－1'])('has no formula: %j', (contents) => {
    const [, cells] = recordsOf(
      fileOf(csvWriter(), [exportedTodo({ contents, description: contents, labels: [contents], list: contents })]),
    )
    expect([1, 2, 5, 9].map((column) => cells?.[column])).toEqual(Array(4).fill(`'${contents}`))
  })

  it('leaves everything else as it is', () => {
    for (const contents of ["'quoted'", ' two ', 'a=1', 'a, "b"\r\nc', '2-1', 'x\ty']) {
      const [, cells] = recordsOf(fileOf(csvWriter(), [exportedTodo({ contents })]))
      expect(cells?.[1]).toBe(contents)
    }
  })
})
