import fc from 'fast-check'
import { expect, inject, it } from 'vitest'
import { newAccount } from './account'
import { history } from './history'
import { Run } from './run'

const longer = inject('propertyRuns')

/**
 * The suite makes the same histories each time, so that only a change can make it fail: 40 of them, and 600 in CI. A longer test makes
 * new ones.
 */
const runs =
  longer === null
    ? { numRuns: inject('isThorough') ? 600 : 40, seed: 20_261_126 }
    : { numRuns: Math.min(longer, 10_000) }

it(`brings all devices to one state, and loses nothing, in random histories (${runs.numRuns})`, {
  timeout: 60_000 + runs.numRuns * 500,
}, async () => {
  let done = 0
  const property = fc.asyncProperty(history, async (steps) => {
    const run = new Run(await newAccount())
    await run.start()
    try {
      for (const step of steps) await run.perform(step)
      await run.finish()
    } catch (error) {
      throw new Error([...run.story, String(error)].join('\n'), { cause: error })
    }
    done++
  })
  const { failed, seed, counterexamplePath, errorInstance } = await fc.check(property, runs)
  if (failed) throw new Error(`fc.check(property, { seed: ${seed}, path: '${counterexamplePath}' })\n${errorInstance}`)
  expect(done).toBe(runs.numRuns)
})
