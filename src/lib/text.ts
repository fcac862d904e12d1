import * as z from 'zod'

/** The length in code points: about what a person would count. JSON Schema and SQLite count the same. */
export function codePoints(value: string): number {
  let count = 0
  for (const _ of value) count++
  return count
}

/**
 * The rules for every text field. NUL is refused, because SQLite's length() stops there. A lone surrogate is refused, because
 * two texts with different ones look the same, but a UNIQUE column would take both. The text becomes NFC. `min` and `max` are
 * code points after that; a code point has one or two UTF-16 units, so most texts need no counting.
 */
export function text({ min = 0, max }: { min?: number; max: number }): z.ZodString {
  return z
    .string()
    .refine((value) => value.isWellFormed() && !value.includes('\0'), {
      params: { code: 'invalid_characters' },
      message: 'Contains NUL or a lone surrogate',
      abort: true,
    })
    .normalize('NFC')
    .refine((value) => value.length >= 2 * min || codePoints(value) >= min, {
      params: { code: 'too_short' },
      message: `Must have at least ${min} character${min === 1 ? '' : 's'}`,
    })
    .refine((value) => value.length <= max || codePoints(value) <= max, {
      params: { code: 'too_long' },
      message: `Must have at most ${max} characters`,
    })
    .meta({ ...(min > 0 && { minLength: min }), maxLength: max })
}
