import { describe, expect, it } from 'vitest'
import { isBlank, readText } from '../../src/lib/text'
import { foldText } from '../../src/todos/fold'

/** The text that is kept, or the code of what is wrong with it. */
function read(typed: string, rules: Parameters<typeof readText>[1] = { max: 1000 }): string {
  const result = readText(typed, rules)
  return 'text' in result ? result.text : result.code
}

const ACUTE = '\u0301'
const CEDILLA = '\u0327'
const marks = (count: number) => Array.from({ length: count }, (_, n) => (n % 2 ? CEDILLA : ACUTE)).join('')

describe('the length of a text', () => {
  it('is counted in code points of NFC', () => {
    for (const letter of ['x', '가', '🥛', 'e\u0301', '가'.normalize('NFD'), 'ᾂ'.normalize('NFD')]) {
      expect(read(letter.repeat(10), { max: 10 })).toBe(letter.repeat(10).normalize('NFC'))
      expect(read(letter.repeat(11), { max: 10 })).toBe('too_long')
      expect(read(letter.repeat(2), { min: 3, max: 10 })).toBe('too_short')
      expect(read(letter.repeat(3), { min: 3, max: 10 })).toBe(letter.repeat(3).normalize('NFC'))
    }
  })

  it('is at most four times as many UTF-16 units, which are counted before anything else', () => {
    const rules = { max: 10, isPasted: true }
    expect(read('x'.padEnd(40), rules)).toBe('x')
    expect(read('x'.padEnd(41), rules)).toBe('too_long')
    expect(read('\0'.repeat(40), rules)).toBe('invalid_characters')
    expect(read('\0'.repeat(41), rules)).toBe('too_long')
  })
})

describe('combining marks in a row', () => {
  it('are at most 30', () => {
    for (const [before, after] of [
      ['', ''],
      ['e', ''],
      ['e', 'x'],
      ['x'.repeat(100), `e${marks(30)}`],
    ] as const) {
      const inside = before + marks(30) + after
      expect(read(inside)).toBe(inside.normalize('NFC'))
      expect(read(before + marks(31) + after)).toBe('too_many_marks')
    }
  })

  it('are counted wherever the run is, and whatever kind of mark', () => {
    for (const mark of ['\u0301', '\u20dd', '\u0903', '\u{1d165}', '\u3099', '\u200d\u0301']) {
      expect(read(`x${mark.repeat(31)}x`, { max: 1000, isPasted: true })).toBe('too_many_marks')
    }
    expect(read(`${'x'.repeat(500)}${marks(31)}`)).toBe('too_many_marks')
    expect(read(`${`x${marks(30)}`.repeat(20)}${marks(1)}`)).toBe('too_many_marks')
  })

  it('are counted again where NFC makes more of them', () => {
    // One of these becomes two marks, and one letter and a mark.
    for (const grows of ['\u0344', '\u0958']) expect(grows.normalize('NFC')).toHaveLength(2)
    expect(read(`x${'\u0344'.repeat(15)}`)).toBe(`x${'\u0344'.repeat(15)}`.normalize('NFC'))
    expect(read(`x${'\u0344'.repeat(16)}`)).toBe('too_many_marks')
    expect(read(`\u0958${marks(29)}`)).toBe(`\u0958${marks(29)}`.normalize('NFC'))
    expect(read(`\u0958${marks(30)}`)).toBe('too_many_marks')
  })

  it('are never more in lower case', () => {
    const longest = `İ${marks(29)}`
    const runs = (text: string) => [...text.matchAll(/\p{M}+/gu)].map(([run]) => [...run].length)
    expect(runs(longest.toLowerCase())).toEqual([30])
    expect(read(longest)).toBe(longest.normalize('NFC'))
    expect(read(`İ${marks(30)}`)).toBe('too_many_marks')
    // No other character gets marks in lower case.
    const characters = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code))
    const growing = characters.filter((one) => !/\p{M}/u.test(one) && /\p{M}/u.test(one.toLowerCase()))
    expect(growing).toEqual(['İ'])
    expect(Math.max(...runs(foldText(read(`${marks(30)}${longest}`))))).toBe(30)
  })
})

describe('pasted text', () => {
  const paste = (typed: string) => read(typed, { max: 100, isPasted: true })

  it('loses what is invisible, and space at its ends', () => {
    for (const space of [
      ' ',
      '\t',
      '\r\n',
      '\u00a0',
      '\u2009',
      '\u3000',
      '\u2028',
      '\u2800',
      '\u3164',
      '\u115f',
      '\ufeff',
    ]) {
      expect(paste(`${space}a b${space}${space}`)).toBe('a b')
    }
    for (const invisible of ['\u200b', '\u200d', '\u202e', '\u2060', '\u00ad', '\u{e0061}', '\ufe0f']) {
      expect(paste(`${invisible}a${invisible}b${invisible}`)).toBe('ab')
    }
  })

  it('has ASCII for what keyboards and word processors make of it, and nothing else in other characters', () => {
    for (const [typed, ascii] of [
      ['０１２３４５６７８９', '0123456789'],
      ['٠١٢٣٤٥٦٧٨٩ ۰۱۲۳۴۵۶۷۸۹', '0123456789 0123456789'],
      ['ａｌｉｃｅ＿１＠ｅｘａｍｐｌｅ．ｃｏｍ', 'alice_1@example.com'],
      ['＋８２（０）１０－１２３４ー５６７８', '+82(0)10-1234-5678'],
      ['1\u20092\u200a3\u202f4\u205f5\u30006', '1 2 3 4 5 6'],
      ['1\u20102\u20113\u20124\u20135\u20146\u22127\ufe638', '1-2-3-4-5-6-7-8'],
    ] as const) {
      expect(paste(typed)).toBe(ascii)
    }
    for (const other of ['サッカー', 'ー1', '1ー', '①', 'ﬁ', '०', '𝟎', '1〜2']) expect(paste(other)).toBe(other)
  })

  it('loses `tel:` and `mailto:`, and what a link to a mailbox has behind a question mark', () => {
    for (const [typed, contact] of [
      ['tel:+82-10-1234-5678', '+82-10-1234-5678'],
      ['\u202dTEL: 010 1234 5678\u202c', '010 1234 5678'],
      ['mailto:a@example.com', 'a@example.com'],
      ['MailTo:a@example.com?subject=x&cc=b@example.com', 'a@example.com'],
      ['mailto:a%2Bb%40example.com', 'a+b@example.com'],
      ['ｍａｉｌｔｏ：a@example.com', 'a@example.com'],
      ['mailto:a%00%0a%7f%e2%zz', 'a%00%0a%7f%e2%zz'],
    ] as const) {
      expect(paste(typed)).toBe(contact)
    }
    for (const other of ['mailto:', 'tel:', 'mailto:?a@example.com', 'xtel:1', 'a?b', 'sms:1'])
      expect(paste(other)).toBe(other)
  })

  it('is in NFC and short of marks after that too', () => {
    expect(paste(`e\u200d${ACUTE}`)).toBe('é')
    expect(paste(`e${marks(30)}\u200d`)).toBe(`e${marks(30)}`.normalize('NFC'))
    expect(paste(`e${marks(30)}\u200d${ACUTE}`)).toBe('too_many_marks')
  })

  it('that is left empty is too short', () => {
    expect(read(' \u200b\u3164', { min: 1, max: 100, isPasted: true })).toBe('too_short')
  })
})

it('is blank if it has nothing but spaces, invisible characters, fillers and marks', () => {
  for (const blank of [
    '',
    ' ',
    '\n\t\u0085',
    '\u00a0\u3000\u2028',
    '\u200b\u200d\ufeff',
    '\u3164',
    '\u115f\u1160',
    '\u2800',
    '\uffa0',
    '\ufe0f\u{e0100}',
    '\u0301\u20dd',
    '\u{1d159}',
  ]) {
    expect(isBlank(blank)).toBe(true)
    expect(isBlank(`${blank}.`)).toBe(false)
    expect(isBlank(`가${blank}`)).toBe(false)
  }
  // A vowel of an Indic script has a width of its own.
  for (const visible of ['\u093e', '🥛', '_', '\ufffc']) expect(isBlank(visible)).toBe(false)
})
