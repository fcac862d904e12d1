import { env } from 'cloudflare:workers'

/*
 * Requests at once, in an order that can be had again: each call to D1 and KV waits for its turn, and there is one at a time.
 */

export class Turns {
  private readonly waiting: { slot: number; go: () => void }[] = []
  private readonly running: Set<number>
  private turns = 0
  private isBusy = false

  /** @param order who of those that wait is next, each time; then always the first */
  constructor(
    count: number,
    private readonly order: number[],
  ) {
    this.running = new Set(Array.from({ length: count }, (_, slot) => slot))
  }

  /** Makes a call of a request, or of what goes on after it, when its turn has come. */
  async take<Result>(slot: number, call: () => Promise<Result>): Promise<Result> {
    await new Promise<void>((go) => {
      this.waiting.push({ slot, go })
      this.next()
    })
    try {
      return await call()
    } finally {
      this.isBusy = false
      this.next()
    }
  }

  /** This request has its answer. */
  leave(slot: number): void {
    this.running.delete(slot)
    this.next()
  }

  /** Nobody goes on before every request has an answer or waits. */
  private next(): void {
    const waits = (slot: number) => this.waiting.some((one) => one.slot === slot)
    if (this.isBusy || this.waiting.length === 0 || ![...this.running].every(waits)) return
    this.waiting.sort((a, b) => a.slot - b.slot)
    const [next] = this.waiting.splice((this.order[this.turns++] ?? 0) % this.waiting.length, 1)
    this.isBusy = true
    next?.go()
  }
}

/** A KV with nothing in it, which keeps all that is put there: nobody may count on it to forget in time. */
export function emptyKv(): KVNamespace {
  const entries = new Map<string, string>()
  const methods: Record<string, unknown> = {
    get: async (key: string) => entries.get(key) ?? null,
    put: async (key: string, value: string) => {
      entries.set(key, value)
    },
    delete: async (key: string) => {
      entries.delete(key)
    },
  }
  return new Proxy(env.KV, { get: (_, name) => methods[String(name)] })
}
