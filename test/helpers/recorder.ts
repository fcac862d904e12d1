import { env } from 'cloudflare:workers'
import worker from '../../src/index'
import { holdBackgroundTasks } from './after-answer'
import { backgroundContext, Client } from './client'
import { wrapD1 } from './wrap-d1'
import { wrapKv } from './wrap-kv'

/** What a request cost: its calls to D1 and KV, and the longest chain of calls that waited for one another. */
export interface Cost {
  d1: number
  kv: number
  depth: number
}

/** What Cloudflare bills of it: rows of D1 that were read and written, and operations of KV. */
export interface Bill {
  read: number
  written: number
  gets: number
  puts: number
  deletes: number
}

const KV_OPERATIONS: Record<string, 'gets' | 'puts' | 'deletes'> = { get: 'gets', put: 'puts', delete: 'deletes' }

interface Call {
  to: 'd1' | 'kv'
  started: number
  ended: number
}

/** The real bindings, which record every call, and the newest parameters of every statement. */
export function recordingBindings(statements = new Map<string, unknown[]>()) {
  let tick = 0
  let calls: Call[] = []
  const bill: Bill = { read: 0, written: 0, gets: 0, puts: 0, deletes: 0 }

  const record = async <Result>(to: Call['to'], run: () => Promise<Result>): Promise<Result> => {
    const call: Call = { to, started: tick++, ended: Number.POSITIVE_INFINITY }
    calls.push(call)
    try {
      return await run()
    } finally {
      call.ended = tick++
    }
  }

  const DB = wrapD1({
    onCall: (run, call) => {
      for (const { sql, parameters } of call.statements) statements.set(sql, parameters)
      return record('d1', run)
    },
    onMeta: ({ rows_read: read, rows_written: written }) => {
      bill.read += read
      bill.written += written
    },
  })
  const KV = wrapKv((run, { method, key }) => {
    const operation = KV_OPERATIONS[method]
    // The outbox stands for a provider of messages.
    if (operation && !key.startsWith('outbox:')) bill[operation]++
    return record('kv', run)
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
    bill,
    isWaiting: () => calls.some(({ ended }) => ended === Number.POSITIVE_INFINITY),
  }
}

/** A client whose every request is measured: `await client.cost(() => client.get('/todos'))`. */
export function measuredClient() {
  const statements = new Map<string, unknown[]>()
  let answered: Cost = { d1: 0, kv: 0, depth: 0 }
  const client = new Client({}, (request) =>
    holdBackgroundTasks(async () => {
      // Each request has bindings of its own, so that background tasks of the request before are not counted.
      const { DB, KV, cost } = recordingBindings(statements)
      const response = await worker.fetch(request, { ...env, DB, KV }, backgroundContext())
      const whole = response.body === null ? response : new Response(await response.arrayBuffer(), response)
      answered = cost()
      return whole
    }),
  )
  /** What `act` cost until the end of its answer. */
  const cost = async (act: () => Promise<{ status: number }>): Promise<Cost & { status: number }> => {
    const { status } = await act()
    return { status, ...answered }
  }
  return { client, cost, statements }
}
