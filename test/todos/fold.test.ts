import { describe, expect, it } from 'vitest'
import { foldText } from '../../src/todos/fold'

/* How a search compares letters: all letters of Unicode, with what the runtime knows of their cases. */

const codePoints = function* () {
  for (let point = 1; point <= 0x10ffff; point++)
    if (point < 0xd800 || point > 0xdfff) yield String.fromCodePoint(point)
}
const CASED = /\p{Changes_When_Casemapped}|\p{Changes_When_Casefolded}/u
const cased = [...codePoints()].filter((letter) => CASED.test(letter))

const hex = (text: string) => [...text].map((one) => one.codePointAt(0)?.toString(16)).join(' ')
const folded = (text: string) => foldText(text.normalize('NFC'))

describe('folding', () => {
  it(`makes all cases of a letter the same: ${cased.length} letters`, () => {
    expect(cased.length).toBeGreaterThan(2800)
    const wrong = cased.flatMap((letter) => {
      const lower = letter.toLowerCase()
      const forms = [lower, letter.toUpperCase(), lower.toUpperCase(), letter.toUpperCase().toLowerCase()]
      return forms.filter((form) => folded(form) !== folded(letter)).map((form) => `${hex(letter)}: ${hex(form)}`)
    })
    expect(wrong).toEqual([])
  })

  it('leaves a folded text as it is, in the middle of others too', () => {
    for (const letter of cased) {
      const once = folded(`a${letter}b${letter}`)
      expect([hex(letter), foldText(once)]).toEqual([hex(letter), once])
    }
  })

  it('makes a text at most three times as long, and its bytes at most twice as many', () => {
    const bytes = (text: string) => new TextEncoder().encode(text).byteLength
    expect(Math.max(...cased.map((one) => foldText(one).length / one.length))).toBe(3)
    expect(Math.max(...cased.map((one) => bytes(foldText(one)) / bytes(one)))).toBe(2)
  })

  it('makes both widths the same, as compatibility decomposition does', () => {
    const forms = [...codePoints()].filter((one) => /[\uff01-\uffee]/.test(one) && one.normalize('NFKC') !== one)
    expect(forms.length).toBeGreaterThan(220)
    const wrong = forms.filter((form) => foldText(form).normalize('NFKC') !== form.normalize('NFKC').toLowerCase())
    // These have no usual width in which they stand alone.
    expect(wrong.join('')).toBe('ﾞﾟ')
    expect(foldText('ﾞﾟ￣')).toBe('゛゜¯')
    expect(foldText('ｶﾞｷﾞﾊﾟﾝﾞ　ﾡￂﾰ')).toBe('ガギパン゛ ㄱㅏㅀ'.normalize('NFC'))
  })

  it('makes no run of marks longer', () => {
    const longest = (text: string) => Math.max(0, ...[...text.matchAll(/\p{M}+/gu)].map(([run]) => [...run].length))
    for (const letter of [...cased, 'ﾞ', 'ｶﾞ', 'ﾝﾞ']) {
      const text = `${letter}${'\u0301'.repeat(29)}`.normalize('NFC')
      expect([hex(letter), longest(foldText(text)) <= 30]).toEqual([hex(letter), true])
    }
  })
})
