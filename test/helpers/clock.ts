import { vi } from 'vitest'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/**
 * Stops the Worker's clock at `ms`, or moves it there. The Worker runs in the same isolate as the tests, so this is its
 * `Date.now()` too. KV and the rate limiter keep their own time. Each test starts at the real time.
 */
export function setClock(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: ms })
}

/** Stops the clock `ms` later than it is now. */
export const advanceClock = (ms: number): void => setClock(Date.now() + ms)
