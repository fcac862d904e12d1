/*
 * Lines of iCalendar (RFC 5545 3.1).
 */

const MAX_OCTETS = 75

const utf8 = new TextEncoder()

/** A line, folded. It never cuts a character in two, because many programs unfold what they have decoded already. */
export function contentLine(name: string, value: string): string {
  const line = `${name}:${value}`
  // No character has more than three octets for each of its UTF-16 units.
  if (line.length * 3 <= MAX_OCTETS || utf8.encode(line).length <= MAX_OCTETS) return `${line}\r\n`
  const parts: string[] = []
  let part = ''
  let octets = 0
  for (const letter of line) {
    const size = octetsOf(letter)
    if (octets + size > MAX_OCTETS) {
      parts.push(part)
      part = ''
      // The space that the next line begins with counts too.
      octets = 1
    }
    part += letter
    octets += size
  }
  return `${[...parts, part].join('\r\n ')}\r\n`
}

function octetsOf(letter: string): number {
  const code = letter.codePointAt(0) ?? 0
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be in a text (RFC 5545 3.1).
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g

/** A text as a value (RFC 5545 3.3.11). */
export const escapeText = (text: string): string =>
  text
    .replace(CONTROL, '')
    .replace(/[\\;,]/g, '\\$&')
    .replace(/\r\n?|\n/g, '\\n')

/** A day or a time without what stands between its figures. */
const compact = (ms: number, length: number): string => new Date(ms).toISOString().slice(0, length).replace(/[-:]/g, '')

/** `20261224` */
export const icsDay = (wallClockMs: number): string => compact(wallClockMs, 10)

/** `20261224T180000`: on a wall clock, or in UTC with a `Z` after it. Parts of a second are left out. */
export const icsTime = (ms: number): string => compact(ms, 19)

export const icsInstant = (instantMs: number): string => `${icsTime(instantMs)}Z`
