/*
 * Positions are texts of 0–9 and a–z, compared letter by letter, that do not end in 0: they are like the digits after a point, in base 36.
 * So there is always one between two others.
 */

const POSITION = /^[0-9a-z]{0,99}[1-9a-z]$/
const MOST_LETTERS = 100

/** The first of all. There is as much room before it as after it. */
const MIDDLE = 'i'

/** How far a step to the left of all, or to the right, looks. The server's own positions count ms there, so a step is about one ms. */
const END_LETTERS = 12

/** So many letters at a time are one digit. */
const CHUNK = 3
const BASE = 36 ** CHUNK

/**
 * A position between two others, so that moving something changes only that one. `null` is the beginning or the end of the list.
 *
 * Positions stay short when things are put at the ends, at random places, or always beside the same one. After thousands of moves into ever
 * smaller gaps there may be no room for 100 letters. Then give the neighbours new positions first.
 * @throws {RangeError} `before` is not less than `after`, one of them is no position, or there is no room between them
 */
export function positionBetween(before: string | null, after: string | null): string {
  for (const position of [before, after]) {
    if (position !== null && !POSITION.test(position)) throw new RangeError(`'${position}' is not a position`)
  }
  if (before !== null && after !== null && before >= after) {
    throw new RangeError(`There is nothing between '${before}' and '${after}': the first must be less than the second`)
  }
  const found = atEnd(before, after) ?? inside(before ?? '', after)
  if (found.length <= MOST_LETTERS) return found
  throw new RangeError(`There is no room between '${before}' and '${after}': give the neighbours new positions first`)
}

/** One step after the last one, or before the first one. */
function atEnd(before: string | null, after: string | null): string | undefined {
  if (before !== null && after !== null) return undefined
  if (before !== null) return step(before, 'z', 1)
  return after === null ? MIDDLE : step(after, '0', -1)
}

/** Changes the last letter that can be, and puts the lowest or the highest ones after it. Undefined if it has come to the end. */
function step(position: string, end: '0' | 'z', by: 1 | -1): string | undefined {
  const letters = position.slice(0, END_LETTERS).padEnd(END_LETTERS, '0')
  const head = letters.replace(end === 'z' ? /z+$/ : /0+$/, '')
  if (head === '') return undefined
  const last = Number.parseInt(head.slice(-1), 36) + by
  const stepped = head.slice(0, -1) + last.toString(36)
  return trim(by === 1 ? stepped : stepped.padEnd(END_LETTERS, 'z')) || undefined
}

/**
 * Goes through both, chunk by chunk, to the first gap. People often put things in the same place: each after the one before, or each
 * before it. Taking the middle would then cost a letter for every five. So even chunks are filled from the left and odd ones from the
 * right, in steps of the square root of the gap: one of the two suits.
 */
function inside(before: string, after: string | null): string {
  let prefix = ''
  let end = after
  for (let level = 0; ; level++) {
    const low = digit(before, level)
    const high = end === null ? BASE : digit(end, level)
    const gap = high - low
    if (gap > 1) {
      const size = Math.floor(Math.sqrt(gap))
      return trim(prefix + write(level % 2 === 0 ? low + size : high - size))
    }
    prefix += write(low)
    if (gap === 1) end = null
  }
}

const digit = (position: string, level: number): number =>
  Number.parseInt(position.slice(level * CHUNK, (level + 1) * CHUNK).padEnd(CHUNK, '0'), 36)

const write = (value: number): string => value.toString(36).padStart(CHUNK, '0')

const trim = (position: string): string => position.replace(/0+$/, '')
