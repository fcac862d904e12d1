import { expect, it } from 'vitest'
import { failureKindOf, linkKey, proofKey } from '../../../src/log-in/password/throttle'

it('a count of wrong passwords says what it is of', () => {
  const id = '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10'
  const keys = [id, `${id}:device:1`, proofKey(id), linkKey(id, 'change', 'email')]
  expect(keys.map((key) => failureKindOf(id, key))).toEqual(['log_in', 'known_device', 'proof', 'way_back'])
})
