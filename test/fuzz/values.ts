import * as fc from 'fast-check'
import type * as z from 'zod'
import { HOSTILE_PARTS, repeatTo, unsortedMarks } from '../helpers/hostile-text'

/* Values that match the schemas of the OpenAPI document, and awkward values. */

export type Schema = z.core.JSONSchema._JSONSchema
export type Schemas = Record<string, z.core.JSONSchema.JSONSchema>

/** Part of most values, so that an error which repeats a value is noticed. */
export const VALUE = 'zq7value'
/** Part of the names of unknown fields. Unlike a value, the pointer of an error may contain them. */
export const NAME = 'zq7name'

/** A value once in `outOf` times, and otherwise undefined. */
export const sometimes = <Value>(arbitrary: fc.Arbitrary<Value>, outOf: number): fc.Arbitrary<Value | undefined> =>
  fc.oneof(
    { weight: outOf - 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: arbitrary.map((value): Value | undefined => value) },
  )

/** Values that match a schema, or only just do not. Rules that JSON Schema cannot express may refuse them, too. */
export function valuesOf(schema: Schema | undefined, schemas: Schemas): fc.Arbitrary<unknown> {
  if (typeof schema !== 'object') return fc.jsonValue()
  if (schema.$ref !== undefined) return valuesOf(schemas[schema.$ref.split('/').at(-1) ?? ''], schemas)
  const alternatives = schema.anyOf ?? schema.oneOf
  if (alternatives) return fc.oneof(...alternatives.map((alternative) => valuesOf(alternative, schemas)))
  if (schema.allOf) {
    return fc.tuple(...schema.allOf.map((part) => valuesOf(part, schemas))).map((parts) => Object.assign({}, ...parts))
  }
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const example = schema['example'] === undefined ? [] : [fc.constant(schema['example'])]
  const types = [schema.type ?? []].flat()
  if (types.length === 0) return fc.jsonValue()
  const weightOf = (type: string): number => (type === 'null' ? 1 : 3)
  return fc.oneof(
    ...types.map((type) => ({ weight: weightOf(type), arbitrary: valuesOfType(type, schema, schemas) })),
    ...example.map((arbitrary) => ({ weight: 1, arbitrary })),
  )
}

function valuesOfType(
  type: z.core.JSONSchema.SchemaType,
  schema: z.core.JSONSchema.JSONSchema,
  schemas: Schemas,
): fc.Arbitrary<unknown> {
  const { minimum: min = -(2 ** 31), maximum: max = 2 ** 31, minItems = 0, maxItems = 20 } = schema
  switch (type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: min - 1, max: max + 1 })
    case 'number':
      return fc.double({ min, max, noNaN: true })
    case 'array': {
      const items = Array.isArray(schema.items) ? schema.items[0] : schema.items
      return fc.array(valuesOf(items, schemas), { minLength: Math.max(0, minItems - 1), maxLength: maxItems + 1 })
    }
    case 'object': {
      const properties = Object.entries(schema.properties ?? {})
      return fc.record(Object.fromEntries(properties.map(([name, part]) => [name, valuesOf(part, schemas)])), {
        requiredKeys: schema.required ?? [],
      })
    }
    case 'string':
      return strings(schema)
  }
}

function strings({ format, pattern, minLength = 0, maxLength = 1000 }: z.core.JSONSchema.JSONSchema) {
  if (format === 'uuid') return fc.uuid({ version: [4, 7] })
  if (format === 'date-time') return times
  if (pattern !== undefined) {
    const regExp = new RegExp(pattern, 'u')
    // `fc.stringMatching` does not support lookaheads, so the filter checks those.
    return fc.stringMatching(new RegExp(pattern.replaceAll(/\(\?[=!][^)]*\)/g, ''))).filter((text) => regExp.test(text))
  }
  const tooLong = VALUE.padEnd(maxLength + 1, '가')
  const bounds = [minLength - 1, minLength, maxLength, maxLength + 1].map((length) =>
    tooLong.slice(0, Math.max(0, length)),
  )
  const any = fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 100) })
  return fc.oneof(
    { weight: 4, arbitrary: any.map((text) => (VALUE + text).slice(0, maxLength)) },
    { weight: 2, arbitrary: fc.constantFrom(...bounds) },
    { weight: 2, arbitrary: contacts },
  )
}

const dates = fc.date({
  min: new Date('0000-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59Z'),
  noInvalidDate: true,
})

const times = fc.oneof(
  fc.tuple(dates, fc.constantFrom('Z', '+09:00')).map(([date, zone]) => date.toISOString().replace('Z', zone)),
  // In UTC, one is before the year 0 and the other after 9999.
  fc.constantFrom('0000-01-01T00:00:00+09:00', '9999-12-31T23:59:59-11:30'),
)

/** E-mail addresses and phone numbers. */
const contacts = fc.oneof(
  fc.emailAddress().map((address) => VALUE + address),
  fc.integer({ min: 10_000_000, max: 99_999_999 }).chain((n) => fc.constantFrom(`010${n}`, `+82 10-${n}`, `+1${n}00`)),
)

const awkwardTexts = [
  '',
  ' ',
  '\0',
  '\ud800',
  '\udc00\ud800',
  '\u202e',
  '\u200b\u2060',
  '\ufeff',
  '\u00a0',
  '\u2028\r\n\t\u0085',
  `e${'\u0301'.repeat(600)}`,
  // NFC turns the first into three code points and the second into two.
  '\u{1d160}\u0958'.repeat(300),
  // Their lower case is ASCII, or longer.
  '\u212a\u0130\u1e9e',
  '👩‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  '\u{10ffff}\uffff',
  "' OR 1=1 --",
  '"; DROP TABLE users; --',
  '%_\\',
  '<script>alert(1)</script>',
  '\r\nSet-Cookie: a=b',
  '../../../etc/passwd',
  '%00%ff%',
  '__proto__',
  '@example.com',
  '+82 10 1234 5678',
  '2026-02-30T25:61:61Z',
  '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10',
  '1e999',
  'NaN',
  btoa('1764000000000.019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10.').padEnd(130, 'A'),
]

/** Text that is made to be slow, and text at the edges of what is refused for that. */
const hostileTexts = fc.oneof(
  fc.constantFrom(30, 31, 1000, 16_000, 32_000).map(unsortedMarks),
  fc
    .tuple(fc.constantFrom(...HOSTILE_PARTS), fc.constantFrom(31, 200, 1280, 10_000, 40_001))
    .map(([part, units]) => repeatTo(part, units)),
)

/** Awkward strings. Most contain VALUE. */
export const awkwardStrings: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 5, arbitrary: fc.constantFrom(...awkwardTexts) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
    { weight: 1, arbitrary: contacts },
    { weight: 1, arbitrary: hostileTexts },
    { weight: 1, arbitrary: fc.constantFrom(33, 101, 257, 501, 2001, 10_001, 60_000).map((n) => 'x'.repeat(n)) },
  )
  .chain((text) => fc.constantFrom(VALUE + text, text + VALUE, text))

/** Awkward names of members: some have a meaning in JavaScript or JSON Pointer. */
export const awkwardNames: fc.Arbitrary<string> = fc.constantFrom(
  NAME,
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'toJSON',
  'then',
  'length',
  '0',
  '',
  `~/${NAME}`,
  `${NAME}\0\ud800`,
  NAME.repeat(1000),
)
