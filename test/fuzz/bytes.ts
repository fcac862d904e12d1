import * as fc from 'fast-check'

/* Bodies that are not text, not JSON, or too long. */

type Bytes = Uint8Array<ArrayBuffer>

const MAX_BYTES = 65_536

const utf8 = new TextEncoder()

export const bytesOf = (text: string): Bytes => new Uint8Array(utf8.encode(text))

const join = (...parts: (Bytes | readonly number[])[]): Bytes => new Uint8Array(parts.flatMap((part) => [...part]))

const padded = (text: string, size: number): Bytes => {
  const bytes = new Uint8Array(size).fill(0x20)
  bytes.set(bytesOf(text).slice(0, size))
  return bytes
}

/** Inserts bytes before one of the quotation marks, where a string starts or ends. */
const insert = (text: string, at: number, what: readonly number[]): Bytes => {
  const marks = [...text.matchAll(/"/g)].map(({ index }) => index)
  const place = marks[at % marks.length] ?? 0
  return join(bytesOf(text.slice(0, place)), what, bytesOf(text.slice(place)))
}

const invalidUtf8 = [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]
const control = [[0], [0x1f], [0x0a], [0x5c]]
const byteOrderMarks = [
  [0xef, 0xbb, 0xbf],
  [0xfe, 0xff],
]
const instead = ['', ' \n\t ', '\0', '{', '}', '[', '"', "{'a':1}", '{"a":1}//', 'undefined', 'NaN', '+1', '01', 'a=b']
const after = [' ', '}', ',', '{}', 'x', '\0', '/**/']
const sizes = [MAX_BYTES - 1, MAX_BYTES, MAX_BYTES + 1, 2 * MAX_BYTES]

/** Ways to corrupt the text of a body. */
export const corruptions: fc.Arbitrary<(text: string) => Bytes> = fc.oneof(
  fc.nat().map((at) => (text: string) => bytesOf(text.slice(0, at % (text.length + 1)))),
  ...[invalidUtf8, control].map((list) =>
    fc.tuple(fc.constantFrom(...list), fc.nat()).map(
      ([what, at]) =>
        (text: string) =>
          insert(text, at, what),
    ),
  ),
  fc.constantFrom(...byteOrderMarks).map((mark) => (text: string) => join(mark, bytesOf(text))),
  fc.constantFrom(...instead).map((other) => () => bytesOf(other)),
  fc.constantFrom(...after).map((more) => (text: string) => bytesOf(text + more)),
  fc.constantFrom(...sizes).map((size) => (text: string) => padded(text, size)),
  fc.constant((text: string) => join([...bytesOf(text)].flatMap((byte) => [byte, 0]))),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => () => join([...bytes])),
)
