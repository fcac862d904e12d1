import { PAUSE_MS } from '../../src/http/after-answer'

/*
 * `afterAnswer` in src waits a moment before it starts a background task, so that the answer leaves first. No answer leaves the
 * isolate here, and waiting for every code would take that long.
 */

let isInstalled = false

/** The background tasks that `holdBackgroundTasks` holds back; null when it does not run. */
let held: (() => void)[] | null = null

/** Lets background tasks start without that pause, in all tests. */
export function skipPauseBeforeTasks(): void {
  if (isInstalled) return
  isInstalled = true
  const original = withoutStackTrace(globalThis.setTimeout)
  const withoutPause = (callback: () => void, ms?: number): number => {
    if (ms !== PAUSE_MS) return original(callback, ms)
    return held === null ? original(callback, 0) : held.push(callback)
  }
  globalThis.setTimeout = Object.assign(withoutPause, original)
}

/** Runs `act`. Background tasks of its requests start once it is done, as in production. */
export async function holdBackgroundTasks<Result>(act: () => Promise<Result>): Promise<Result> {
  held = []
  try {
    return await act()
  } finally {
    const tasks = held
    held = null
    for (const start of tasks) start()
  }
}

const V8Error = Error as ErrorConstructor & { captureStackTrace?: unknown }

/**
 * The `setTimeout` of Vitest's plugin looks in a stack trace for who calls it, also where the answer changes nothing: if there is a delay.
 * Every call of D1 and KV sets a timer, so that this took seven hundredths of the time of all tests.
 */
const withoutStackTrace =
  (patched: typeof setTimeout) =>
  (callback: () => void, ms?: number): number => {
    if (!ms) return patched(callback, ms)
    const { captureStackTrace } = V8Error
    V8Error.captureStackTrace = () => {}
    try {
      return patched(callback, ms)
    } finally {
      V8Error.captureStackTrace = captureStackTrace
    }
  }
