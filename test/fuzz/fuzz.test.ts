import { describe, expect, it } from 'vitest'
import { aliceAndBob } from '../helpers/alice-and-bob'
import { answerCheck } from './answers'
import { readTargets, type Target } from './requests'
import { fuzzInLanes } from './targets'

/*
 * Bodies, queries, paths and headers as the OpenAPI document describes them, and then damaged: never a 5xx, always what the
 * document says.
 */

const REQUESTS = 5000
const LANES = 4

/** The same requests every time. A failure names its `path`: with that beside the seed, it alone is sent again. */
const run: { seed: number; path?: string } = { seed: 20_261_117 }

const { document, targets } = await readTargets()
const check = answerCheck(document, targets)

/** What takes a body or parameters has four times as much to damage. */
const weightOf = ({ requestBody, described }: Target): number => (requestBody || described.length > 0 ? 4 : 1)
const total = targets.reduce((sum, target) => sum + weightOf(target), 0)
const shareOf = (target: Target): number => Math.ceil((REQUESTS * weightOf(target)) / total)

const { alice, bob } = aliceAndBob()

const builtIns = [Object, Array, String, Number, Boolean, Function, Promise].map(({ prototype }) => prototype)
const members = () => builtIns.map((prototype) => Reflect.ownKeys(prototype))

it('is at least 5,000 requests', () => {
  expect(targets.reduce((sum, target) => sum + shareOf(target), 0)).toBeGreaterThanOrEqual(5000)
})

describe.each(targets)('$operationId', (target) => {
  it('answers whatever is sent as documented', async () => {
    const before = members()
    const numRuns = shareOf(target)
    const sent = await fuzzInLanes(target, LANES, { alice: alice(), bob: bob(), check, numRuns, ...run })
    expect(sent).toBeGreaterThanOrEqual(numRuns)
    expect(members()).toEqual(before)
  })
})
