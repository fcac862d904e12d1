import fc from 'fast-check'
import { DAY, HOUR, MINUTE } from '../helpers/clock'
import { accountActions, contactActions, logIns, passwordActions } from './account-actions'
import type { Plan } from './actions'
import { codeActions } from './code-actions'
import { factorActions } from './factor-actions'
import { identityActions } from './identity-actions'
import { PURPOSES } from './model'
import { passkeyActions } from './passkey-actions'
import type { Step } from './run'
import { logOut, refresh, sessionActions } from './session-actions'
import type { Past } from './start'
import { MOST_AT_ONCE, PLACES } from './world'

/*
 * Random steps of a run.
 */

const SECOND = 1000

/** Time passes. Mostly near the limits that matter: the grace of a refresh token, and the age of what KV shows. */
const waiting: fc.Arbitrary<Step> = fc.record({
  passMs: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...[1, 5, 10, 10, 11, 60, 61].map((seconds) => seconds * SECOND)) },
    { weight: 1, arbitrary: fc.constantFrom(5 * MINUTE, 9 * MINUTE, 10 * MINUTE, HOUR, DAY, 14 * DAY) },
  ),
})

export const past: fc.Arbitrary<Past> = fc.record({
  wrong: fc.constantFrom(0, 0, 15, 19),
  hasFactor: fc.boolean(),
  sentAgo: fc.constantFrom([], [], [], Array<number>(4).fill(HOUR / 2), Array<number>(9).fill(2 * HOUR)),
})

const place = fc.constantFrom(PLACES[0], ...PLACES)

/** Whose turn it is, for the first 20 turns. After that it is always the first one. */
const order = fc.array(fc.nat({ max: MOST_AT_ONCE - 1 }), { maxLength: 20, size: 'max' })

/** Several items, mostly two or three. */
const several = <Item>(item: fc.Arbitrary<Item>): fc.Arbitrary<Item[]> =>
  fc.oneof(
    { withCrossShrink: true },
    { weight: 3, arbitrary: fc.array(item, { minLength: 2, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(item, { minLength: 4, maxLength: MOST_AT_ONCE }) },
  )

/** Four to ten steps with these actions. When a run fails, fast-check replaces steps that do not matter by null. */
function stepsOf(...actions: fc.WeightedArbitrary<Plan>[]): fc.Arbitrary<(Step | null)[]> {
  const plan = fc.oneof(...actions)
  const alone = fc.record({ plan, place }).map((request): Step => ({ requests: [request], order: [] }))
  const different = fc.record({ requests: several(fc.record({ plan, place })), order })
  const same = fc
    .record({ plan, places: several(place), order })
    .map(({ plan, places, order }): Step => ({ requests: places.map((place) => ({ plan, place })), order }))
  const step = fc.oneof(
    { withCrossShrink: true },
    { weight: 5, arbitrary: alone },
    { weight: 2, arbitrary: waiting },
    { weight: 2, arbitrary: different },
    { weight: 2, arbitrary: same },
  )
  return fc.noBias(fc.array(fc.option(step, { freq: 50 }), { minLength: 4, maxLength: 10, size: 'max' }))
}

/** Some runs have only actions that belong together, so that these interact more often. */
export function stepsWith(deviceActions: fc.WeightedArbitrary<Plan>[]): fc.Arbitrary<(Step | null)[]> {
  const everything = [...sessionActions, ...accountActions, ...identityActions, ...factorActions, ...passkeyActions]
  const twoFactors = [...factorActions, ...passkeyActions, ...logIns]
  const endings = [{ weight: 2, arbitrary: refresh }, { weight: 3, arbitrary: logOut }, ...deviceActions]
  return fc.oneof(
    { weight: 2, arbitrary: stepsOf(...everything, ...deviceActions, ...codeActions(PURPOSES)) },
    { weight: 3, arbitrary: stepsOf(...identityActions, { weight: 1, arbitrary: logOut }) },
    { weight: 2, arbitrary: stepsOf(...identityActions, ...contactActions, ...codeActions(['log_in'], 1)) },
    { weight: 4, arbitrary: stepsOf(...twoFactors) },
    { weight: 2, arbitrary: stepsOf(...twoFactors, ...identityActions, ...codeActions(['log_in'], 1)) },
    { weight: 2, arbitrary: stepsOf(...twoFactors, ...sessionActions, ...deviceActions, ...contactActions) },
    { weight: 2, arbitrary: stepsOf(...sessionActions, ...deviceActions) },
    { weight: 3, arbitrary: stepsOf(...passwordActions, ...endings) },
    { weight: 2, arbitrary: stepsOf(...contactActions, { weight: 2, arbitrary: logOut }) },
    { weight: 1, arbitrary: stepsOf(...accountActions, ...codeActions(['verify', 'reset_password'])) },
    ...PURPOSES.map((purpose) => stepsOf(...codeActions([purpose], 4))),
  )
}
