import { vi } from 'vitest'
import { setClock } from './clock'

/*
 * Long timers of the Worker, which fire when the clock of `setClock` reaches their time.
 */

/** Shorter timers use real time. */
const LONG_MS = 1000

export class Timers {
  private readonly due = new Map<number, { at: number; fire: () => void }>()
  private made = 0

  /** Replaces the long timers of the Worker, until `vi.unstubAllGlobals()`. */
  install(): void {
    const { setTimeout: start, clearTimeout: stop } = globalThis
    vi.stubGlobal('setTimeout', (fire: () => void, ms = 0) => {
      if (ms < LONG_MS) return start(fire, ms)
      const id = -++this.made
      this.due.set(id, { at: Date.now() + ms, fire })
      return id
    })
    vi.stubGlobal('clearTimeout', (id: number) => {
      if (!this.due.delete(id)) stop(id)
    })
  }

  get count(): number {
    return this.due.size
  }

  clear(): void {
    this.due.clear()
  }

  /** Fires all of them now, and leaves the clock as it is. */
  fireAll(): void {
    const all = [...this.due.values()]
    this.due.clear()
    for (const { fire } of all) fire()
  }

  /** Advances the clock. After each timer, `settle` waits until everything that it started has ended. */
  async advance(ms: number, settle: () => Promise<void>): Promise<void> {
    const until = Date.now() + ms
    for (;;) {
      const [next] = [...this.due].sort(([, a], [, b]) => a.at - b.at)
      if (next === undefined || next[1].at > until) break
      const [id, { at, fire }] = next
      this.due.delete(id)
      setClock(at)
      fire()
      await settle()
    }
    setClock(until)
  }
}
