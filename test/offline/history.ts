import fc from 'fast-check'
import { FATES, type Fate } from './device'

/*
 * What happens in a history. Steps name devices and to-dos by number, so that each step is possible in every history.
 */

export const DEVICES = 4

/** The field that is changed. Each change of a text is another one. `bad`: the server refuses it. */
export type Change = { field: 'contents' | 'labels' | 'isDone' | 'bad' | 'due' | 'parent' | 'list' }

export type Step =
  /** A subtask of the nth to-do, one that comes again, or neither. */
  | { do: 'create'; device: number; as: 'plain' | 'subtask' | 'recurring'; which: number }
  | { do: 'sync'; device: number }
  /** `other` is the nth to-do or list, for the fields that name one. The last of its numbers is none. */
  | { do: 'change'; device: number; which: number; field: Change['field']; other: number }
  | { do: 'delete'; device: number; which: number }
  | { do: 'restore'; device: number; which: number }
  /** What happens to the request that waits. */
  | { do: 'answer'; device: number; fate: Fate }
  /** A whole sync: what happens to its requests. Those that are not named arrive. */
  | { do: 'sync whole'; device: number; fates: Fate[] }
  /** The program is killed at its nth write from now: before it is done, or after. */
  | { do: 'kill'; device: number; writes: number; isDone: boolean }
  /** What the app does with what was refused. */
  | { do: 'decide'; device: number; how: 'retry' | 'edit' | 'discard' }
  | { do: 'list'; device: number; which: number; what: 'make' | 'rename' | 'delete' | 'delete with to-dos' }
  /** Another client uses the plain API, without `If-Match`. */
  | { do: 'elsewhere'; which: number; what: 'change' | 'complete' | 'delete' | 'restore' }
  | { do: 'time'; passes: 'a day' | 'a month' }

const device = fc.nat(DEVICES - 1)
const which = fc.nat(2)
const fate = fc.oneof(
  { weight: 4, arbitrary: fc.constant('arrives' as const) },
  { weight: 5, arbitrary: fc.constantFrom(...FATES) },
)

const weighted: [number, fc.Arbitrary<Step>][] = [
  [
    3,
    fc.record({
      do: fc.constant('create'),
      device,
      which,
      as: fc.constantFrom('plain', 'subtask', 'subtask', 'recurring'),
    }),
  ],
  [
    8,
    fc.record({
      do: fc.constant('change'),
      device,
      which,
      field: fc.constantFrom(
        'contents',
        'contents',
        'labels',
        'labels',
        'isDone',
        'isDone',
        'bad',
        'parent',
        'list',
        'due',
      ),
      other: fc.nat(3),
    }),
  ],
  [2, fc.record({ do: fc.constantFrom('delete', 'delete', 'restore'), device, which })],
  [5, fc.record({ do: fc.constant('sync'), device })],
  [8, fc.record({ do: fc.constant('answer'), device, fate })],
  [5, fc.record({ do: fc.constant('sync whole'), device, fates: fc.array(fate, { maxLength: 3 }) })],
  [3, fc.record({ do: fc.constant('kill'), device, writes: fc.nat(3), isDone: fc.boolean() })],
  [1, fc.record({ do: fc.constant('decide'), device, how: fc.constantFrom('retry', 'edit', 'discard') })],
  [
    3,
    fc.record({
      do: fc.constant('elsewhere'),
      which,
      what: fc.constantFrom('change', 'change', 'complete', 'delete', 'restore'),
    }),
  ],
  [
    2,
    fc.record({
      do: fc.constant('list'),
      device,
      which: fc.nat(1),
      what: fc.constantFrom('make', 'make', 'rename', 'delete', 'delete with to-dos'),
    }),
  ],
  [2, fc.record({ do: fc.constant('time'), passes: fc.constantFrom('a day', 'a month') })],
]

export const history: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary }))),
  { minLength: 6, maxLength: 18 },
)
