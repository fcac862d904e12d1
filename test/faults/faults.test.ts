import { describe, expect, it } from 'vitest'
import { faultCases } from './cases'
import { subjects } from './table'

/*
 * Every operation, once for every call that it makes to D1, to KV and to the limit by address, and for every way in which that
 * call may go wrong. It fails closed: what was asked for is done and answered, or there is a 503 and all of it is done or none.
 */

describe('whichever call goes wrong', () => {
  const findFaults = faultCases()

  it.each(subjects)('%s fails closed, and can be asked for again', async (_, subject) => {
    expect(await findFaults(subject)).toEqual([])
  })
})
