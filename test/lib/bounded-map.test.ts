import { expect, it } from 'vitest'
import { BoundedMap } from '../../src/lib/bounded-map'

it('makes each once, and forgets the first when there are too many', () => {
  const made: string[] = []
  const map = new BoundedMap<{ key: string }>(3)
  const get = (key: string) =>
    map.getOrMake(key, () => {
      made.push(key)
      return { key }
    })
  for (const key of ['a', 'b', 'a', 'c', 'd', 'b', 'a']) expect(get(key)).toEqual({ key })
  expect([made.join(''), map.size]).toEqual(['abcda', 3])
})
