import { MAX_MARKS } from '../../../lib/text'

/** Letters that NFC composes are typed as at most four UTF-16 units, as in `lib/text.ts`. */
const UNITS_PER_CODE_POINT = 4

const LONG_RUN = new RegExp(`([\\p{M}İ]\\p{M}{${MAX_MARKS - 1}})\\p{M}+`, 'gu')
const fewMarks = (text: string): string => text.replace(LONG_RUN, '$1')

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what nobody wants in a text. Tab and line feed stay.
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g

export interface FittedText {
  text: string
  /** Something at its end is missing. */
  isCut: boolean
  /** Characters that we do not keep were left out. */
  isChanged: boolean
}

/** What `readText` takes of a text: at most `max` code points of NFC. It never looks at more than four times as many units. */
export function fitText(typed: string, max: number): FittedText {
  const part = typed.slice(0, UNITS_PER_CODE_POINT * max).replace(/\r\n?/g, '\n')
  const clean = fewMarks(part.toWellFormed().replace(CONTROL, ''))
  const text = fewMarks(clean.normalize('NFC'))
  const cut = text.length > max ? firstCodePoints(text, max) : text
  return {
    text: cut.trim(),
    isCut: typed.length > UNITS_PER_CODE_POINT * max || cut.length < text.length,
    isChanged: clean !== part,
  }
}

function firstCodePoints(text: string, max: number): string {
  let units = 0
  let count = 0
  for (const letter of text) {
    if (++count > max) return text.slice(0, units)
    units += letter.length
  }
  return text
}

/** The same for a text of one line. */
export function fitLine(typed: string, max: number): FittedText {
  const line = typed.trim()
  const fitted = fitText(line.slice(0, UNITS_PER_CODE_POINT * max + 1).replace(/[\s\u0085]+/g, ' '), max)
  return { ...fitted, isCut: fitted.isCut || line.length > UNITS_PER_CODE_POINT * max + 1 }
}
