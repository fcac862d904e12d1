import { describe, expect, it } from 'vitest'
import { someOf } from '../helpers/some-of'
import { mistakeFinder } from './find-mistakes'
import { subjects } from './table'

/*
 * Every operation is tried once for each call that it makes to D1, KV and the limit by IP address, and for each way in which
 * this call may go wrong. The operation must succeed, or answer 503 with all of its effect or none.
 */

describe('when one call to D1 or KV goes wrong', () => {
  const findMistakes = mistakeFinder()

  it.each(someOf(subjects, 4))('%s takes full effect or none, and can be repeated', async (_, subject) => {
    expect(await findMistakes(subject)).toEqual([])
  })
})
