import { PAUSE_MS } from '../../src/http/after-answer'

/* `afterAnswer` lets an answer leave first. Here none leaves, and every code would take that long. */

let isShortened = false

/** What waits for an answer to be given, while one is waited for. */
let waiting: (() => void)[] | null = null

/** Lets what goes on after an answer begin at once. */
export function shortenPauses(): void {
  if (isShortened) return
  isShortened = true
  const original = globalThis.setTimeout
  const shortened = (callback: () => void, ms?: number): number => {
    if (ms !== PAUSE_MS) return original(callback, ms)
    return waiting === null ? original(callback, 0) : waiting.push(callback)
  }
  globalThis.setTimeout = Object.assign(shortened, original)
}

/** Acts, and lets what goes on after its answer begin then and no sooner, as in production. */
export async function untilAnswered<Result>(act: () => Promise<Result>): Promise<Result> {
  waiting = []
  try {
    return await act()
  } finally {
    const begin = waiting
    waiting = null
    for (const callback of begin) callback()
  }
}
