import { vi } from 'vitest'

/**
 * Stops the Worker's clock at `ms`, or moves it there. The Worker runs in the tests' own isolate, so `Date.now()` is this
 * one; KV and the rate limiter keep their own time. Each test begins at the real time again.
 */
export function setClock(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: ms })
}
