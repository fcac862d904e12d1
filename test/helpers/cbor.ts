/* CBOR (RFC 8949), as far as authenticators write it. */

type Item = number | string | Uint8Array | CborMap
export type CborMap = Map<number | string, Item>

const utf8 = new TextEncoder()

/** Binary data in one piece. */
export const concat = (...parts: (Uint8Array | number[])[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(parts.flatMap((part) => [...part]))

/** A number of so many bytes, the greatest first. */
export const bigEndian = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, index) => Math.floor(value / 256 ** (bytes - 1 - index)) % 256)

/** The type of an item, and its value or its length. */
function head(type: number, value: number): number[] {
  if (value < 24) return [(type << 5) | value]
  if (value < 256) return [(type << 5) | 24, value]
  return value < 65_536 ? [(type << 5) | 25, ...bigEndian(value, 2)] : [(type << 5) | 26, ...bigEndian(value, 4)]
}

export function encodeCbor(item: Item): Uint8Array<ArrayBuffer> {
  if (typeof item === 'number') return new Uint8Array(item < 0 ? head(1, -1 - item) : head(0, item))
  if (typeof item === 'string') return concat(head(3, utf8.encode(item).length), utf8.encode(item))
  if (item instanceof Uint8Array) return concat(head(2, item.length), item)
  return concat(head(5, item.size), ...[...item].map(([key, value]) => concat(encodeCbor(key), encodeCbor(value))))
}
