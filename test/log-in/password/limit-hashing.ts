import { afterAll, beforeAll } from 'vitest'

/** Production Workers refuse more PBKDF2 iterations than this in one call; local workerd does not, so the tests do. */
const PRODUCTION_ITERATIONS = 100_000

/** What most tests hash with: they are not about how slow a hash is, and there are a thousand of them. */
const QUICK = 1000

let isReal = false

/** Imposes production's cap on PBKDF2, and makes it a thousand times quicker wherever `useRealHashes` does not say otherwise. */
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
    return deriveBits({ ...algorithm, iterations: isReal ? iterations : Math.ceil(iterations / QUICK) }, key, length)
  }
}

/** In this file, a hash takes as much work as it does in production. */
export function useRealHashes(): void {
  beforeAll(() => {
    isReal = true
  })
  afterAll(() => {
    isReal = false
  })
}
