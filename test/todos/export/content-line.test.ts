import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentLine, escapeText } from '../../../src/todos/export/content-line'
import { splitTexts, unescapeText, unfold } from '../../../src/todos/import/readers/content-lines'

const octets = (text: string): number => new TextEncoder().encode(text).length
/** Texts with all that needs care: marks of the format, line ends, and characters of one to four octets. */
const typed = fc.string({
  unit: fc.constantFrom('a', ' ', ',', ';', ':', '\\', '"', '\n', 'é', '할', '🦊'),
  maxLength: 200,
})

describe('a line of iCalendar', () => {
  it('has at most 75 octets, cuts no character, and unfolds to what it was', () => {
    fc.assert(
      fc.property(typed, (text) => {
        const folded = contentLine('SUMMARY', escapeText(text))
        expect(folded.endsWith('\r\n')).toBe(true)
        const lines = folded.slice(0, -2).split('\r\n')
        for (const line of lines) {
          expect(octets(line)).toBeLessThanOrEqual(75)
          expect(line.isWellFormed()).toBe(true)
        }
        expect([...unfold(folded)].map((line) => line.text)).toEqual([`SUMMARY:${escapeText(text)}`])
      }),
    )
  })

  it.each([
    ['a'.repeat(67), 1],
    ['a'.repeat(68), 2],
    ['할'.repeat(22), 1],
    ['할'.repeat(23), 2],
  ])('is folded only if it is longer than that: %#', (value, lines) => {
    expect(contentLine('SUMMARY', value).trimEnd().split('\r\n')).toHaveLength(lines)
  })

  it('has texts in which nothing means anything', () => {
    fc.assert(
      fc.property(fc.array(typed, { minLength: 1, maxLength: 5 }), (texts) => {
        const escaped = texts.map(escapeText)
        expect(escaped.map(unescapeText)).toEqual(texts)
        expect(splitTexts(escaped.join(','))).toEqual(texts.map((text) => text.trim()))
        expect(escaped.join('')).not.toMatch(/[\r\n]/)
      }),
    )
    expect(escapeText('a\r\nb\rc\nd\0\x07\x7f')).toBe('a\\nb\\nc\\nd')
  })
})
