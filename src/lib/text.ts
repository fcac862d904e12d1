import * as z from 'zod'

/** How many characters a person would count, roughly: code points, as JSON Schema and SQLite count. */
export function codePoints(value: string): number {
  let count = 0
  for (const _ of value) count++
  return count
}

/**
 * A string as every field takes it: NFC, no NUL (SQLite's length() stops there) and no lone surrogate (two different ones
 * would make two UNIQUE rows that read alike). `min` and `max` count code points after NFC; a code point is one or two UTF-16
 * units, so that most need not be counted.
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
