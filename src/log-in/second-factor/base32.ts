/** RFC 4648 6: what authenticator apps read. */
export const RFC_4648 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Crockford's: no I, L, O and U, so nobody takes one character for another. */
export const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Bytes as base32 without padding: five bits for each character. The number of bytes is a multiple of five. */
export function toBase32(bytes: Uint8Array, alphabet: string): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')
  return Array.from(bits.matchAll(/.{5}/g), ([five]) => alphabet.charAt(Number.parseInt(five, 2))).join('')
}

/** The bytes of a text that `toBase32` has made with the alphabet of RFC 4648. */
export function fromBase32(text: string): Uint8Array<ArrayBuffer> {
  const bits = Array.from(text, (character) => RFC_4648.indexOf(character).toString(2).padStart(5, '0')).join('')
  return Uint8Array.from(Array.from(bits.matchAll(/.{8}/g), ([eight]) => Number.parseInt(eight, 2)))
}
