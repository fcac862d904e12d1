import * as z from 'zod'
import { namedGroups } from './named-groups'

/*
 * THE way in for text that people type: every field, query and form goes through `readText`. Its order matters. Each step may rely
 * on those before it, and none costs more than a text of that length may cost.
 */

/**
 * At most this many combining marks (`\p{M}`) in a row (UAX #15, 12.1). Normalising sorts each run of marks, and takes quadratic time
 * for it: 64 KB of them took a second.
 */
export const MAX_MARKS = 30

/** Letters that NFC composes are typed as at most four UTF-16 units, but for one rare script. */
const UNITS_PER_CODE_POINT = 4

/** The length in code points: about what a person would count. JSON Schema and SQLite count the same. */
export function codePoints(value: string): number {
  let count = 0
  for (const _ of value) count++
  return count
}

/** `İ` counts as a mark, because its lower case has one. The expression never looks at a character twice, unless it refuses. */
const FEW_MARKS = new RegExp(`^(?:[^\\p{M}İ]|[\\p{M}İ]\\p{M}{0,${MAX_MARKS - 1}}(?!\\p{M}))*$`, 'u')

const hasTooManyMarks = (value: string): boolean => value.length > MAX_MARKS && !FEW_MARKS.test(value)

/** What nobody sees: formatting characters, fillers, variation selectors. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu

const BLANK = /^[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Mn}\p{Me}\u2800\u{1d159}]*$/u

/** Whether a text has nothing but spaces, invisible characters, fillers, and marks without a letter to sit on. */
export const isBlank = (value: string): boolean => BLANK.test(value)

const FULL_WIDTH = 0xff01 - 0x21

/** What people get for ASCII from their keyboards and word processors, and what it stands for. */
const SPELLINGS: [RegExp, string | ((typed: string) => string)][] = [
  [/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - FULL_WIDTH)],
  // Arabic and Persian digits have their value in the last four bits.
  [/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => `${digit.charCodeAt(0) % 16}`],
  [/[\p{Zs}\u2800]/gu, ' '],
  [/[\u2010-\u2015\u2212\ufe58\ufe63]/g, '-'],
  // The key beside the digits of a Japanese keyboard. In a word it is a letter.
  [/(?<=\d)ー(?=\d)/g, '-'],
]

/** A link to a contact (RFC 6068, RFC 3966), as programs copy it. */
const CONTACT_LINK = /^(?:tel:(?<number>.+)|mailto:(?<address>[^?]+)(?:\?.*)?)$/is

const decodeAscii = (encoded: string): string =>
  encoded.replace(/%([2-6][\da-f]|7[\da-e])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

/**
 * A text without what comes along when people paste: invisible characters, space at its ends, and `tel:` or `mailto:` before it. Other
 * spellings of ASCII letters, digits, spaces and dashes become ASCII.
 */
function cleanPasted(value: string): string {
  const visible = value.replace(INVISIBLE, '')
  const typed = SPELLINGS.reduce(
    (text, [other, ascii]) => (typeof ascii === 'string' ? text.replace(other, ascii) : text.replace(other, ascii)),
    visible,
  ).trim()
  const { number, address } = namedGroups(CONTACT_LINK, typed)
  return (number ?? (address === undefined ? typed : decodeAscii(address))).trim()
}

/** What a field takes. `min` and `max` are code points of the text as it is kept. */
export interface TextRules {
  min?: number
  max: number
  /** For contacts, codes and user names: leaves out what comes along when people paste, and reads other spellings of ASCII. */
  isPasted?: boolean
}

export interface TextFault {
  code: 'too_long' | 'too_short' | 'invalid_characters' | 'too_many_marks'
  message: string
  limit?: number
}

const tooLong = (max: number): TextFault => ({
  code: 'too_long',
  message: `Must have at most ${max} characters`,
  limit: max,
})

const TOO_MANY_MARKS: TextFault = {
  code: 'too_many_marks',
  message: `Has more than ${MAX_MARKS} combining marks in a row`,
}

/**
 * A typed text as it is kept, or why it is refused. NUL is refused, because SQLite's length() stops there. A lone surrogate is
 * refused, because two texts with different ones look the same, but a UNIQUE column would take both. The text becomes NFC. A code
 * point has one or two UTF-16 units, so most texts need no counting.
 */
export function readText(typed: string, { min = 0, max, isPasted = false }: TextRules): { text: string } | TextFault {
  if (typed.length > UNITS_PER_CODE_POINT * max) return tooLong(max)
  if (!typed.isWellFormed() || typed.includes('\0')) {
    return { code: 'invalid_characters', message: 'Contains NUL or a lone surrogate' }
  }
  const given = isPasted ? cleanPasted(typed) : typed
  if (hasTooManyMarks(given)) return TOO_MANY_MARKS
  const text = given.normalize('NFC')
  // NFC takes some characters apart, into a letter and marks.
  if (text !== given && hasTooManyMarks(text)) return TOO_MANY_MARKS
  if (text.length < 2 * min && codePoints(text) < min) {
    return { code: 'too_short', message: `Must have at least ${min} character${min === 1 ? '' : 's'}`, limit: min }
  }
  return text.length > max && codePoints(text) > max ? tooLong(max) : { text }
}

/** A field that holds text: what `readText` makes of it. */
export const text = ({ min = 0, max, isPasted = false }: TextRules): z.ZodString =>
  z
    .string()
    .check((field) => {
      const read = readText(field.value, { min, max, isPasted })
      if ('text' in read) {
        field.value = read.text
        return
      }
      const { message, ...params } = read
      field.issues.push({ code: 'custom', input: field.value, params, message })
    })
    .meta({ ...(min > 0 && { minLength: min }), maxLength: max })

/** A field that must not be blank. */
export const visibleText = (max: number): z.ZodString =>
  text({ max })
    .refine((value) => !isBlank(value), { params: { code: 'too_short' }, message: 'Must not be blank' })
    .meta({ minLength: 1 })
