import { afterAll, beforeAll } from 'vitest'

/** Production Workers refuse more PBKDF2 iterations than this in one call. Local workerd does not, so the tests do it. */
const PRODUCTION_ITERATIONS = 100_000

/** Most tests hash with this factor fewer iterations, to be fast. */
const SPEED_UP = 1000

let isReal = false

/** Gives PBKDF2 the limit of production, and makes it a thousand times faster, except where `useRealHashes` is called. */
export function limitHashing(): void {
  const { subtle } = crypto
  if (Object.hasOwn(subtle, 'deriveBits')) return
  const deriveBits = subtle.deriveBits.bind(subtle)
  subtle.deriveBits = (algorithm, key, length) => {
    if (typeof algorithm !== 'object' || algorithm.iterations === undefined) return deriveBits(algorithm, key, length)
    const { iterations } = algorithm
    if (iterations > PRODUCTION_ITERATIONS) {
      throw new DOMException('Pbkdf2 failed: iteration counts above 100000 are not supported', 'NotSupportedError')
    }
    return deriveBits({ ...algorithm, iterations: isReal ? iterations : Math.ceil(iterations / SPEED_UP) }, key, length)
  }
}

/** Makes hashes in this test file take as much work as in production. */
export function useRealHashes(): void {
  beforeAll(() => {
    isReal = true
  })
  afterAll(() => {
    isReal = false
  })
}
