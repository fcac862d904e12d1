import { vi } from 'vitest'

/*
 * A clock that stands still while anything is being done. When everything waits for a timer, it jumps to that timer. So a call
 * that hangs costs a test no time, and is given up exactly at its deadline.
 */

const realSetTimeout = globalThis.setTimeout
const nextTurn = () => new Promise<void>((resolve) => realSetTimeout(resolve, 0))

/** The clock jumps after this many turns without a tracked call. WebCrypto and streams are not tracked, and need some turns. */
const QUIET_TURNS = 3
const TOO_QUIET_TURNS = 2000

const calls = new Set<Promise<unknown>>()

/** Starts this clock at `ms`. */
export function beginTime(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: ms })
}

/** Makes the clock stand still until the call has ended. */
export async function trackCall<Result>(call: Promise<Result>): Promise<Result> {
  calls.add(call)
  try {
    return await call
  } finally {
    calls.delete(call)
  }
}

/** Waits for `work`, and lets the clock jump meanwhile. */
export async function runToEnd<Result>(work: Promise<Result>): Promise<Result> {
  let isDone = false
  const end = () => {
    isDone = true
  }
  work.then(end, end)
  for (let quiet = 0; !isDone; quiet++) {
    if (calls.size > 0) {
      await Promise.allSettled(calls)
      quiet = 0
    }
    await nextTurn()
    if (quiet > TOO_QUIET_TURNS) throw new Error('Waits for something that never comes')
    if (quiet >= QUIET_TURNS && calls.size === 0 && !isDone && vi.getTimerCount() > 0) {
      await vi.advanceTimersToNextTimerAsync()
      quiet = 0
    }
  }
  return work
}

/** Sets the clock `ms` later. */
export const advanceTime = (ms: number): void => {
  vi.setSystemTime(Date.now() + ms)
}
