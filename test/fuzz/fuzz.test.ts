import { describe, expect, inject, it } from 'vitest'
import { aliceAndBob } from '../helpers/alice-and-bob'
import { answerCheck } from './answers'
import { readTargets, type Target } from './requests'
import { fuzzInLanes } from './targets'

/*
 * Requests are made from the OpenAPI document, and then damaged: bodies, queries, paths and headers. No answer may be a 5xx, and
 * every answer must be documented.
 */

const REQUESTS = inject('isThorough') ? 3000 : 1000
const LANES = 4

/** The requests are the same every time. A failure prints a `path`; add it here to repeat only that request. */
const run: { seed: number; path?: string } = { seed: 20_261_117 }

const { document, targets } = await readTargets()
const check = answerCheck(document, targets)

/** An operation with a body or parameters gets four times as many requests. */
const weightOf = ({ requestBody, described }: Target): number => (requestBody || described.length > 0 ? 4 : 1)
const total = targets.reduce((sum, target) => sum + weightOf(target), 0)
const shareOf = (target: Target): number => Math.ceil((REQUESTS * weightOf(target)) / total)

const { alice, bob } = aliceAndBob()

const builtIns = [Object, Array, String, Number, Boolean, Function, Promise].map(({ prototype }) => prototype)
const members = () => builtIns.map((prototype) => Reflect.ownKeys(prototype))

it(`sends at least ${REQUESTS} requests`, () => {
  expect(targets.reduce((sum, target) => sum + shareOf(target), 0)).toBeGreaterThanOrEqual(REQUESTS)
})

describe.each(targets)('$operationId', (target) => {
  it('answers every damaged request as documented', async () => {
    const before = members()
    const numRuns = shareOf(target)
    const sent = await fuzzInLanes(target, LANES, { alice: alice(), bob: bob(), check, numRuns, ...run })
    expect(sent).toBeGreaterThanOrEqual(numRuns)
    expect(members()).toEqual(before)
  })
})
