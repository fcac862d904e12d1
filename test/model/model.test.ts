import fc from 'fast-check'
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest'
import { deviceActions } from './device-actions'
import { Run } from './run'
import { inWords, prepareStart } from './start'
import { past, stepsWith } from './steps'
import { World } from './world'

/*
 * Random interleavings of sign-up, log-in, codes, refresh, log-out and changes of the password, at three locations with a KV that
 * is stale, held against a model (helpers/model.ts). Of requests at once, the model allows the answers of any order.
 */

declare module 'vitest' {
  interface ProvidedContext {
    propertyRuns: number
  }
}

const numRuns = inject('propertyRuns')

/** The suite takes the same runs each time, so that it fails for what has changed; a long run looks for new ones. */
const SUITE = { numRuns: 500, seed: 20_261_120 }
const runs = numRuns === SUITE.numRuns ? SUITE : { numRuns }

const world = new World()

beforeAll(() => world.timers.install())
afterAll(() => vi.unstubAllGlobals())

it(`whatever happens, and in whatever order, keeps the promises of the model (${numRuns} runs)`, {
  timeout: 60_000 + numRuns * 500,
}, async () => {
  const begin = await prepareStart(world)
  let done = 0
  const steps = stepsWith(deviceActions)
  const property = fc.asyncProperty(past, steps, async (before, all) => {
    const run = new Run(world, await begin(before), [inWords(before)])
    for (const step of all) if (step !== null) await run.take(step)
    await run.finish()
    done++
  })
  const { failed, seed, counterexamplePath, errorInstance } = await fc.check(property, runs)
  if (failed) throw new Error(`fc.check(property, { seed: ${seed}, path: '${counterexamplePath}' })\n${errorInstance}`)
  expect(done).toBe(numRuns)
})
