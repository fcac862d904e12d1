/**
 * The text of a file. A spreadsheet that saves "Unicode text" writes UTF-16 with a byte order mark, and everything else here is UTF-8.
 * @returns null if it is neither
 */
export function decodeFile(bytes: Uint8Array): string | null {
  const [first, second] = bytes
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  try {
    // `ignoreBOM: false` leaves the mark out.
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    return null
  }
}
