import fc from 'fast-check'
import { expect, inject, it } from 'vitest'
import { LostAnswers, prepareSessions } from './lost-answers'

/*
 * Clients that lose any answer, sleep for hours and wake, in two tabs or in two processes with one store. None is signed out, and every
 * copy of a refresh token that is used is found out, as docs/decisions/derived-refresh-tokens.md says.
 */

const longer = inject('propertyRuns')
const runs = longer === null ? { numRuns: inject('isThorough') ? 40 : 20, seed: 20_261_126 } : { numRuns: longer }

const SECOND = 1000
const HOUR = 3600 * SECOND
const DAY = 24 * HOUR

const loss = fc.constantFrom('nothing', 'the request', 'the answer', 'the answer', 'the answer, for a 503')

/** How long a client sleeps before it asks (ms): mostly until its access token has expired. */
const sleep = fc.constantFrom(SECOND, 9 * SECOND, 10 * SECOND, 11 * SECOND, 11 * 60 * SECOND, 3 * HOUR, 3 * HOUR, DAY)

/** What an honest client does. Two of its tabs or processes may ask at once. */
const honest = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('ask' as const), sleep, who: fc.constantFrom(0, 1), loss }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('ask both' as const), sleep, losses: fc.tuple(loss, loss) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('begin anew' as const), who: fc.constantFrom(0, 1) }) },
)

/** A thief copies the newest refresh token, and uses a copy: with nothing, or with a key of their own. */
const thief = fc.oneof(
  { weight: 6, arbitrary: honest },
  { weight: 1, arbitrary: fc.constant({ kind: 'copy' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('steal' as const), sleep, key: fc.boolean() }) },
)

const steps = (step: typeof honest | typeof thief) =>
  fc.noBias(fc.array(fc.option(step, { freq: 50 }), { minLength: 4, maxLength: 12, size: 'max' }))

it.each([
  ['an app with two processes and one store', 'app'],
  ['a browser with two tabs', 'browser'],
] as const)(`%s (${runs.numRuns} runs)`, { timeout: 60_000 + runs.numRuns * 500 }, async (_, kind) => {
  const begin = await prepareSessions(kind)
  const seen = { repeated: 0, foundOut: 0 }
  const property = fc.asyncProperty(fc.oneof(steps(honest), steps(thief)), async (all) => {
    const run = new LostAnswers(await begin())
    for (const step of all) if (step !== null) await run.perform(step)
    const outcome = await run.finish()
    seen.repeated += outcome.repeats
    if (outcome.foundOut) seen.foundOut++
  })
  const { failed, seed, counterexamplePath, errorInstance } = await fc.check(property, runs)
  if (failed) throw new Error(`fc.check(property, { seed: ${seed}, path: '${counterexamplePath}' })\n${errorInstance}`)
  // The runs do get to what they are about.
  expect(seen.repeated).toBeGreaterThan(runs.numRuns / 10)
  expect(seen.foundOut).toBeGreaterThan(runs.numRuns / 10)
})
