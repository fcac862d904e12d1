import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dueText, readDue, toDueColumns } from '../../src/todos/due'

const kept = (text: string) => {
  const due = readDue(text)
  return due && toDueColumns(due)
}

describe('a due date', () => {
  it('on a day is the last ms of that day in UTC, and belongs to no zone', () => {
    expect(kept('2026-12-24')).toEqual({ dueAt: Date.parse('2026-12-24T23:59:59.999Z'), dueZone: null })
    expect(kept('2028-02-29')).toEqual({ dueAt: Date.parse('2028-02-29T23:59:59.999Z'), dueZone: null })
  })

  it('at a time is an instant, and keeps the zone that it was meant in', () => {
    expect(kept('2026-12-24T18:00[Asia/Seoul]')).toEqual({
      dueAt: Date.parse('2026-12-24T09:00:00Z'),
      dueZone: 'Asia/Seoul',
    })
  })

  it.each([
    '2026-12-24',
    '0001-01-01',
    '9999-12-31',
    '2026-12-24T18:00:00[Asia/Seoul]',
    '2026-07-01T00:00:30[America/Sao_Paulo]',
  ])('is written as it was read: %s', (text) => {
    const columns = kept(text)
    expect(columns && dueText(columns)).toBe(text)
  })

  it('in the hour that clocks leave out is an hour later', () => {
    const columns = kept('2026-03-29T02:30:00[Europe/Berlin]')
    expect(columns && dueText(columns)).toBe('2026-03-29T03:30:00[Europe/Berlin]')
  })

  it.each([
    '',
    '2026-02-30',
    '2026-13-01',
    '2026-1-1',
    '24.12.2026',
    '2026-12-24T18:00',
    '2026-12-24T18:00Z',
    '2026-12-24T18:00+09:00[Asia/Seoul]',
    '2026-12-24T24:00[Asia/Seoul]',
    '2026-12-24T18:60[Asia/Seoul]',
    '2026-02-30T18:00[Asia/Seoul]',
    '2026-12-24T18:00[Mars/Olympus]',
    '2026-12-24T18:00[+09:00]',
    '2026-12-24[Asia/Seoul]',
    ' 2026-12-24',
    '2026-12-24\n',
  ])('is refused: %j', (text) => {
    expect(readDue(text)).toBeNull()
  })

  it('is read from any text without an error', () => {
    fc.assert(fc.property(fc.string(), (text) => readDue(text) === null || readDue(text) !== null))
  })
})
