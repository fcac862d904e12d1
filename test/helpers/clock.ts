import { afterEach, vi } from 'vitest'

/**
 * Stops the Worker's clock at `ms`, or moves it there. The Worker runs in the tests' own isolate, so `Date.now()` is this
 * one; KV and the rate limiter keep their own time.
 */
export function setClock(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: ms })
}

afterEach(() => {
  vi.useRealTimers()
})
