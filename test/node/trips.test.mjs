import { expect, it } from 'vitest'
import { countOurs, readTrips } from '../../bench/trips.mjs'

it('bench/trips.json has the calls that each request waits for. If not: npm run bench:trips && npm run docs:edge', async () => {
  expect(await countOurs()).toEqual(readTrips().Latchkey)
})
