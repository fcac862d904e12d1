import { vi } from 'vitest'

/*
 * A time that stands still while anything is being done, and goes on to the next timer where everything waits for one. A call
 * that hangs costs a test nothing this way, and is given up exactly when its deadline says.
 */

const realSetTimeout = globalThis.setTimeout
const turn = () => new Promise<void>((resolve) => realSetTimeout(resolve, 0))

/** Turns in which nothing may happen before time goes on: what WebCrypto and streams do is not among the calls. */
const QUIET_TURNS = 3
const TOO_QUIET_TURNS = 2000

const calls = new Set<Promise<unknown>>()

/** Begins the time of a test at `ms`. */
export function beginTime(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: ms })
}

/** Counts a call as something that is being done. */
export async function running<Result>(call: Promise<Result>): Promise<Result> {
  calls.add(call)
  try {
    return await call
  } finally {
    calls.delete(call)
  }
}

/** What `work` comes to, in this time. */
export async function finish<Result>(work: Promise<Result>): Promise<Result> {
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
    await turn()
    if (quiet > TOO_QUIET_TURNS) throw new Error('Waits for something that never comes')
    if (quiet >= QUIET_TURNS && calls.size === 0 && !isDone && vi.getTimerCount() > 0) {
      await vi.advanceTimersToNextTimerAsync()
      quiet = 0
    }
  }
  return work
}

/** Moves the time on from what it shows. */
export const wait = (ms: number): void => {
  vi.setSystemTime(Date.now() + ms)
}
