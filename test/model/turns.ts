import { env } from 'cloudflare:workers'

/*
 * Simultaneous requests in an order that can be repeated: each call to D1 and KV waits for its turn, and runs alone.
 */

export class Turns {
  private readonly waiting: { slot: number; go: () => void }[] = []
  private readonly running: Set<number>
  private turns = 0
  private isBusy = false

  /** @param order the index of the waiting call that is next, for each turn; after that always the first */
  constructor(
    count: number,
    private readonly order: number[],
  ) {
    this.running = new Set(Array.from({ length: count }, (_, slot) => slot))
  }

  /** Waits for the turn of a request or its background task, and then makes the call. */
  async callInTurn<Result>(slot: number, call: () => Promise<Result>): Promise<Result> {
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

  /** Says that this request has its answer. */
  finish(slot: number): void {
    this.running.delete(slot)
    this.next()
  }

  /** Starts the next call, once every request has its answer or waits. */
  private next(): void {
    const waits = (slot: number) => this.waiting.some((one) => one.slot === slot)
    if (this.isBusy || this.waiting.length === 0 || ![...this.running].every(waits)) return
    this.waiting.sort((a, b) => a.slot - b.slot)
    const [next] = this.waiting.splice((this.order[this.turns++] ?? 0) % this.waiting.length, 1)
    this.isBusy = true
    next?.go()
  }
}

/** An empty KV in memory. It never expires anything, because nothing may rely on KV to forget in time. */
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
