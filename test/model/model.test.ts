import fc from 'fast-check'
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest'
import { KINDS } from './actions'
import { deviceActions } from './device-actions'
import { Run } from './run'
import { describePast, prepareStart } from './start'
import { past, stepsWith } from './steps'
import { World } from './world'

/*
 * Random runs of sign-up, log-in, codes, refresh, log-out and changes of the password, with simultaneous requests, at three
 * locations with a stale KV. Every answer is compared with a model (model.ts). For simultaneous requests, the model allows the
 * answers of any order.
 */

declare module 'vitest' {
  interface ProvidedContext {
    /** How many new runs a longer test makes; null in the suite. */
    propertyRuns: number | null
    /** Whether the longest suites leave nothing out. */
    isThorough: boolean
  }
}

const longer = inject('propertyRuns')

/** The suite makes the same runs each time, so that only a change can make it fail. A longer test makes new ones. */
const runs = longer === null ? { numRuns: inject('isThorough') ? 180 : 70, seed: 20_261_120 } : { numRuns: longer }
const { numRuns } = runs

const world = new World()

beforeAll(() => world.timers.install())
afterAll(() => vi.unstubAllGlobals())

it(`keeps the promises of the model in random orders of requests (${numRuns} runs)`, {
  timeout: 60_000 + numRuns * 500,
}, async () => {
  const begin = await prepareStart(world)
  let done = 0
  const steps = stepsWith(deviceActions)
  const property = fc.asyncProperty(past, steps, async (before, all) => {
    const run = new Run(world, await begin(before), [describePast(before)])
    for (const step of all) if (step !== null) await run.perform(step)
    await run.finish()
    done++
  })
  const { failed, seed, counterexamplePath, errorInstance } = await fc.check(property, runs)
  if (failed) throw new Error(`fc.check(property, { seed: ${seed}, path: '${counterexamplePath}' })\n${errorInstance}`)
  expect(done).toBe(numRuns)
  // Otherwise they would show nothing about passkeys and second factors.
  const few = KINDS.filter((kind) => (world.succeeded.get(kind) ?? 0) < (inject('isThorough') ? 3 : 1))
  expect(few).toEqual([])
})
