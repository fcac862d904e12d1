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

export type Gate = <Result>(call: () => Promise<Result>) => Promise<Result>

/** The real D1, with each call behind a gate. */
export function gatedD1(gate: Gate): D1Database {
  const originals = new WeakMap<D1PreparedStatement, D1PreparedStatement>()
  const statement = (original: D1PreparedStatement): D1PreparedStatement => {
    const gated = new Proxy(original, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => statement(target.bind(...values))
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return (...values: unknown[]) => gate(() => Reflect.apply(method, target, values))
      },
    })
    originals.set(gated, original)
    return gated
  }
  const session = (original: D1DatabaseSession): D1DatabaseSession => ({
    prepare: (sql) => statement(original.prepare(sql)),
    batch: (all) => gate(() => original.batch(all.map((one) => originals.get(one) ?? one))),
    getBookmark: () => original.getBookmark(),
  })
  return new Proxy(env.DB, {
    get: (target, name) =>
      name === 'withSession'
        ? (start?: D1SessionBookmark) => session(target.withSession(start))
        : Reflect.get(target, name).bind(target),
  })
}

/** A KV of which each call is made behind a gate, and asks first which KV that is. */
export function gatedKv(gate: Gate, kv: () => KVNamespace): KVNamespace {
  return new Proxy(env.KV, {
    get:
      (_, name) =>
      (...values: unknown[]) =>
        gate(async () => Reflect.apply(Reflect.get(kv(), name), kv(), values)),
  })
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
