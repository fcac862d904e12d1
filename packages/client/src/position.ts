import { positionBetween as between } from '../../../src/lib/position-between'

/**
 * A position between two others, so that moving something changes only that one. `null` is the beginning or the end of the list.
 *
 * Positions stay short when things are put at the ends, at random places, or always beside the same one. After thousands of moves into ever
 * smaller gaps there may be no room for 100 letters. Then give the neighbours new positions first.
 * @throws {RangeError} `before` is not less than `after`, one of them is no position, or there is no room between them
 */
export function positionBetween(before: string | null, after: string | null): string {
  return between(before, after)
}

/** Where the server puts what nobody has moved, so that what is new comes last. The same as in `src/todos/position.ts`. */
export const defaultPosition = (createdAtMs: number): string =>
  `i${Math.max(createdAtMs, 0).toString(16).padStart(11, '0')}i`
