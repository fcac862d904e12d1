import { env } from 'cloudflare:workers'
import worker from '../../src/index'
import { backgroundContext, Client } from './client'
import { untilAnswered } from './pause'

/** What a request cost: calls to D1 and KV, and the longest chain of them that waited for each other. */
export interface Cost {
  d1: number
  kv: number
  depth: number
}

interface Call {
  to: 'd1' | 'kv'
  started: number
  ended: number
}

/** Wraps the real bindings so that every call and every statement is written down. */
export function recordingBindings(statements = new Map<string, unknown[]>()) {
  let tick = 0
  let calls: Call[] = []

  const record = async <Result>(to: Call['to'], run: () => Promise<Result>): Promise<Result> => {
    const call: Call = { to, started: tick++, ended: Number.POSITIVE_INFINITY }
    calls.push(call)
    try {
      return await run()
    } finally {
      call.ended = tick++
    }
  }

  const originals = new WeakMap<D1PreparedStatement, D1PreparedStatement>()
  const statement = (original: D1PreparedStatement, sql: string, parameters: unknown[]): D1PreparedStatement => {
    statements.set(sql, parameters)
    const wrapped = new Proxy(original, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => statement(target.bind(...values), sql, values)
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return (...values: unknown[]) => record('d1', () => Reflect.apply(method, target, values))
      },
    })
    originals.set(wrapped, original)
    return wrapped
  }
  const session = (original: D1DatabaseSession): D1DatabaseSession => ({
    prepare: (sql) => statement(original.prepare(sql), sql, []),
    batch: (all) => record('d1', () => original.batch(all.map((one) => originals.get(one) ?? one))),
    getBookmark: () => original.getBookmark(),
  })
  const DB = new Proxy(env.DB, {
    get: (target, name) =>
      name === 'withSession'
        ? (start?: D1SessionBookmark) => session(target.withSession(start))
        : Reflect.get(target, name).bind(target),
  })
  const KV = new Proxy(env.KV, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return (...values: unknown[]) => record('kv', () => Reflect.apply(method, target, values))
    },
  })

  const depth = (): number => {
    const depths = new Map<Call, number>()
    for (const call of calls) {
      const before = calls.filter(({ ended }) => ended < call.started).map((earlier) => depths.get(earlier) ?? 0)
      depths.set(call, 1 + Math.max(0, ...before))
    }
    return Math.max(0, ...depths.values())
  }
  const count = (to: Call['to']) => calls.filter((call) => call.to === to).length

  return {
    DB,
    KV,
    statements,
    /** Counts from here on. */
    start: () => {
      calls = []
    },
    cost: (): Cost => ({ d1: count('d1'), kv: count('kv'), depth: depth() }),
  }
}

/** A client whose every request is measured: `await client.cost(() => client.get('/todos'))`. */
export function measuredClient() {
  const statements = new Map<string, unknown[]>()
  let answered: Cost = { d1: 0, kv: 0, depth: 0 }
  const client = new Client({}, (request) =>
    untilAnswered(async () => {
      // Bindings of its own: what still goes on after the answer before is none of its cost.
      const { DB, KV, cost } = recordingBindings(statements)
      const response = await worker.fetch(request, { ...env, DB, KV }, backgroundContext())
      const whole = response.body === null ? response : new Response(await response.arrayBuffer(), response)
      answered = cost()
      return whole
    }),
  )
  /** What an act cost until the end of its answer, with what was begun by then to go on after it. */
  const cost = async (act: () => Promise<{ status: number }>): Promise<Cost & { status: number }> => {
    const { status } = await act()
    return { status, ...answered }
  }
  return { client, cost, statements }
}
