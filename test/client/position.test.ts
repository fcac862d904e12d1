import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { positionBetween } from '../../packages/client/src/client'
import { defaultPosition } from '../../src/todos/position'
import { positionSchema } from '../../src/todos/schemas'

const position = fc
  .array(fc.constantFrom(...'0012abizz'), { minLength: 1, maxLength: 20 })
  .map((letters) => letters.join('').replace(/0*$/, '') || '1')

const limit = fc.option(position)

const lengths = (positions: readonly string[]) => Math.max(...positions.map(({ length }) => length))

/** What 1,000 moves make, each to the place that `choose` says. */
function move(start: [string | null, string | null], choose: (made: readonly string[]) => number): string[] {
  const made: string[] = []
  for (let n = 0; n < 1000; n++) {
    const place = choose(made)
    const [before = start[0], after = start[1]] = [made[place - 1], made[place]]
    made.splice(place, 0, positionBetween(before, after))
  }
  return made
}

describe('a position between two others', () => {
  it('is one that the server takes, and stands between them', () => {
    fc.assert(
      fc.property(limit, limit, (one, other) => {
        fc.pre(one === null || one !== other)
        const [before, after] = one !== null && other !== null && one > other ? [other, one] : [one, other]
        const found = positionBetween(before, after)
        expect(positionSchema.safeParse(found).success).toBe(true)
        if (before !== null) expect(found > before).toBe(true)
        if (after !== null) expect(found < after).toBe(true)
      }),
      { numRuns: 5000 },
    )
  })

  it('that are the same, or in the wrong order, is an error', () => {
    fc.assert(
      fc.property(position, position, (one, other) => {
        const [less, more] = one < other ? [one, other] : [other, one]
        expect(() => positionBetween(more, less)).toThrow(/^There is nothing between .*: the first must be less/)
      }),
    )
  })

  it.each(['', 'a0', 'A', '-', 'x'.repeat(101)])('of which one is no position is an error: %s', (bad) => {
    expect(() => positionBetween(bad, null)).toThrow(`'${bad}' is not a position`)
    expect(() => positionBetween(null, bad)).toThrow(`'${bad}' is not a position`)
  })

  it('without a gap of 100 letters is an error that says so', () => {
    const [before, after] = ['a', `a${'0'.repeat(98)}1`]
    expect(() => positionBetween(before, after)).toThrow(/^There is no room between/)
  })

  const now = Date.parse('2026-12-24T18:00:00Z')
  const starts: [string, [string | null, string | null]][] = [
    ['an empty list', [null, null]],
    ['two letters', ['a', 'b']],
    ['to-dos of one ms', [defaultPosition(now), defaultPosition(now + 1)]],
    ['to-dos of one day', [defaultPosition(now), defaultPosition(now + 86_400_000)]],
  ]

  it.each(starts)('stays short after 1,000 moves: %s', (_, start) => {
    expect(lengths(move(start, (made) => made.length))).toBeLessThanOrEqual(33)
    expect(lengths(move(start, () => 0))).toBeLessThanOrEqual(33)
  })

  it.each(starts)('stays short after 1,000 moves to random places: %s', (_, start) => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 50, maxLength: 50 }),
        (at) => {
          const made = move(start, ({ length }) => Math.floor((at[length % 50] ?? 0) * (length + 1)))
          expect(lengths(made)).toBeLessThanOrEqual(60)
          expect([...made].sort()).toEqual(made)
          expect(new Set(made).size).toBe(1000)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('of a list that nobody has moved is before what is made a second later', () => {
    const last = defaultPosition(now)
    const moved = move([last, null], (made) => made.length).slice(0, 500)
    expect(moved.every((one) => one > last && one < defaultPosition(now + 1000))).toBe(true)
  })
})
