import * as fc from 'fast-check'
import { awkwardNames, awkwardStrings, NAME, VALUE } from './values'

/* JSON as text. It can be damaged in ways that a value cannot: with duplicate names, or numbers that are not valid. */

/** A string is the text of a value without parts. */
type Json = string | Container

interface Container {
  open: '[' | '{'
  parts: Part[]
}

interface Part {
  /** As JSON text. Has no meaning in an array. */
  name: string
  value: Json
}

const unnamed = (value: Json): Part => ({ name: JSON.stringify(NAME), value })

function read(value: unknown): Json {
  if (Array.isArray(value)) return { open: '[', parts: value.map((item) => unnamed(read(item))) }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members: [string, unknown][] = Object.entries(value)
  return { open: '{', parts: members.map(([name, member]) => ({ name: JSON.stringify(name), value: read(member) })) }
}

function write(json: Json): string {
  if (typeof json === 'string') return json
  if (json.open === '[') return `[${json.parts.map(({ value }) => write(value)).join()}]`
  return `{${json.parts.map(({ name, value }) => `${name}:${write(value)}`).join()}}`
}

/** Every part at any depth, with the list that contains it. */
const places = (parts: Part[]): { part: Part; parts: Part[] }[] =>
  parts.flatMap((part) => [{ part, parts }, ...(typeof part.value === 'string' ? [] : places(part.value.parts))])

type Act = (part: Part, parts: Part[]) => void

export interface Damage {
  /** Which part is damaged, modulo their number. */
  at: number
  /** Whether the whole value is damaged instead. */
  isWhole: boolean
  act: Act
}

/** The text of a value after it was damaged. */
export function damagedText(value: unknown, damages: readonly Damage[]): string {
  const root = [unnamed(read(value))]
  for (const { at, isWhole, act } of damages) {
    const [whole, ...within] = places(root)
    const place = isWhole || within.length === 0 ? whole : within[at % within.length]
    if (place) act(place.part, place.parts)
  }
  return root.map((part) => write(part.value)).join()
}

const numbers = ['1e999', '-1e999', '-0', '1e-400', '0.1', '-1', '1e3', '9007199254740993', '9'.repeat(400)]

const leaves: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: awkwardStrings.map((text) => JSON.stringify(text)) },
  { weight: 2, arbitrary: fc.constantFrom('null', 'true', 'false', '[]', '{}', '[[]]', `["${VALUE}"]`) },
  { weight: 2, arbitrary: fc.constantFrom(...numbers) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.constantFrom(`{"__proto__":{"${NAME}":"${VALUE}"}}`, `{"toString":"${VALUE}"}`) },
  { weight: 1, arbitrary: fc.constantFrom(10, 1000, 30_000).map((n) => '['.repeat(n) + ']'.repeat(n)) },
  { weight: 1, arbitrary: fc.constantFrom(10, 1000, 10_000).map((n) => `${'{"a":'.repeat(n)}0${'}'.repeat(n)}`) },
)

const names = awkwardNames.map((name) => JSON.stringify(name))

/** The same name, with its letters as escapes. */
const escaped = (name: string): string =>
  name.replaceAll(/[a-z]/gi, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** An act that uses a generated value. */
const act = <Value>(
  weight: number,
  values: fc.Arbitrary<Value>,
  apply: (value: Value, part: Part, parts: Part[]) => void,
): fc.WeightedArbitrary<Act> => ({
  weight,
  arbitrary: values.map((value) => (part, parts) => apply(value, part, parts)),
})

const structural = fc.constantFrom<Act>(
  (part, parts) => parts.splice(parts.indexOf(part), 1),
  (part) => {
    part.value = { open: '[', parts: [unnamed(part.value)] }
  },
  (part) => {
    part.value = { open: '{', parts: [unnamed(part.value)] }
  },
  (part) => {
    if (typeof part.value !== 'string') part.value.open = part.value.open === '[' ? '{' : '['
  },
  (part, parts) => {
    if (write(part.value).length < 100) parts.push(...Array.from({ length: 300 }, () => ({ ...part })))
  },
  (part) => {
    part.name = escaped(part.name)
  },
)

const acts: fc.Arbitrary<Act> = fc.oneof(
  act(8, leaves, (leaf, part) => {
    part.value = leaf
  }),
  // Makes a string longer.
  act(4, awkwardStrings, (text, part) => {
    if (typeof part.value === 'string' && part.value.endsWith('"')) {
      part.value = part.value.slice(0, -1) + JSON.stringify(text).slice(1)
    }
  }),
  act(3, fc.tuple(names, leaves), ([name, value], part, parts) => {
    const into = typeof part.value === 'string' ? parts : part.value.parts
    into.push({ name, value })
  }),
  // Repeats a name, as the first or the last member.
  act(3, fc.tuple(leaves, fc.boolean()), ([value, isLast], { name }, parts) => {
    parts.splice(isLast ? parts.length : 0, 0, { name, value })
  }),
  act(2, names, (name, part) => {
    part.name = name
  }),
  { weight: 2, arbitrary: structural },
)

const damage = fc.record({ at: fc.nat({ max: 1000 }), isWhole: fc.nat({ max: 11 }).map((n) => n === 11), act: acts })

/** Up to three damages of a body, which stays JSON or nearly JSON. */
export const damages: fc.Arbitrary<Damage[]> = fc.array(damage, { maxLength: 3 })
