import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, vi } from 'vitest'
import * as z from 'zod'
import worker from '../../src/index'
import { Client } from '../helpers/client'
import { wrapD1 } from '../helpers/wrap-d1'
import { wrapKv } from '../helpers/wrap-kv'
import { runToEnd, trackCall } from './time'

/*
 * The Worker with its real bindings, where one call goes wrong: the nth call to D1, to KV or to the limit by IP address.
 */

export const KINDS = ['fails', 'hangs', 'loses its answer', 'takes effect and hangs'] as const
export type Kind = (typeof KINDS)[number]

/** Whether the call takes effect, although its caller gets no result. */
export const takesEffect = (kind: Kind): boolean => kind === 'loses its answer' || kind === 'takes effect and hangs'

export type Part = 'D1' | 'KV' | 'limit'

/** Which call to a part goes wrong, counted from 0, and how. */
export interface Fault {
  part: Part
  index: number
  kind: Kind
}

/** A call that was made. */
export interface Call {
  part: Part
  /** A description without ids: `KV put session:`, `D1 batch of 7`. */
  what: string
  /** Whether the answer was given before this call. */
  afterAnswer: boolean
}

/** Errors of bindings contain statements and their parameters. No answer and no log may repeat this one. */
export const LEAK = 'a secret of the database'

/** An error as D1 and KV throw them. A parameter with a line break may look like a line of the stack. */
const bindingError = (): Error => {
  const error = new Error(`D1_ERROR: UNIQUE constraint failed: insert into "users" values (${LEAK})\n    at ${LEAK}`)
  error.name = 'BindingError'
  return error
}

const never = () => new Promise<never>(() => {})

/** @param settings settings in place of the usual ones */
export function faultyWorker(settings: () => Record<string, unknown> = () => ({})) {
  let fault: Fault | null = null
  let calls: Call[] = []
  let answered = false
  let tasks: Promise<unknown>[] = []
  const uncaught: unknown[] = []
  const written = { d1: false, keys: new Set<string>() }

  async function call<Result>(part: Part, what: string, run: () => Promise<Result>): Promise<Result> {
    const index = calls.filter((earlier) => earlier.part === part).length
    calls.push({ part, what: `${part} ${what}`, afterAnswer: answered })
    const kind = fault?.part === part && fault.index === index ? fault.kind : null
    if (kind === 'fails') throw bindingError()
    if (kind === 'hangs') return never()
    const result = await trackCall(run())
    if (kind === 'loses its answer') throw bindingError()
    return kind === null ? result : never()
  }

  const bindings = { ...env, ...wrapBindings(call, written) }
  let own: typeof bindings | undefined
  const fetch = async (request: Request): Promise<Response> => {
    own ??= { ...bindings, ...settings() }
    const context = createExecutionContext()
    const waitUntil = context.waitUntil.bind(context)
    context.waitUntil = (task) => {
      const caught = task.catch((error: unknown) => uncaught.push(error))
      tasks.push(caught)
      waitUntil(caught)
    }
    const response = await worker.fetch(request, own, context)
    answered = true
    return response
  }

  return {
    /** A new client, with the cookies of another one. */
    client: (like?: Client): Client => {
      const client = new Client({}, fetch)
      return like ? client.copyCookies(like) : client
    },
    /** Whether D1 was written to, and which keys of KV. */
    written,
    forgetWrites: () => {
      written.d1 = false
      written.keys.clear()
    },
    /** Runs `act` and all background tasks, while one call goes wrong. */
    run: async <Result>(act: () => Promise<Result>, withFault: Fault | null = null) => {
      // The health check remembers by its bindings. Here each run finds out anew.
      own = undefined
      fault = withFault
      calls = []
      tasks = []
      uncaught.length = 0
      answered = false
      const startedAt = Date.now()
      const result = await runToEnd(act())
      const answeredAfterMs = Date.now() - startedAt
      while (tasks.length > 0) await runToEnd(Promise.all(tasks.splice(0)))
      fault = null
      return { result, calls, uncaught: [...uncaught], startedAt, answeredAfterMs }
    },
  }
}

type Wrapper = <Result>(part: Part, what: string, run: () => Promise<Result>) => Promise<Result>

/** Whether D1 reports a change. If it reports nothing, anything but a SELECT may have changed something. */
const hasChanged = (results: unknown, sql: string): boolean => {
  const parsed = z.array(resultSchema).safeParse(Array.isArray(results) ? results : [results])
  return parsed.success ? parsed.data.some(({ meta }) => meta.changed_db) : !/^select/i.test(sql)
}

const resultSchema = z.object({ meta: z.object({ changed_db: z.boolean() }) })

function wrapBindings(
  call: Wrapper,
  written: { d1: boolean; keys: Set<string> },
): Pick<Env, 'DB' | 'KV' | 'ADDRESS_LIMIT' | 'WRITE_LIMIT' | 'BATCH_LIMIT'> {
  const DB = wrapD1({
    onCall: (run, { isBatch, statements }) => {
      const sql = isBatch ? 'batch' : (statements[0]?.sql ?? '')
      return call('D1', isBatch ? `batch of ${statements.length}` : summary(sql), async () => {
        const results = await run()
        written.d1 ||= hasChanged(results, sql)
        return results
      })
    },
  })
  const KV = wrapKv((run, { method, key }) => {
    if (method === 'put' || method === 'delete') written.keys.add(key)
    return call('KV', `${method} ${/^\w*:?/.exec(key)?.[0]}`, run)
  })
  // No test reaches these limits, and nothing else depends on their counts.
  const limiter: RateLimit = { limit: () => call('limit', 'asked', async () => ({ success: true })) }
  return { DB, KV, ADDRESS_LIMIT: limiter, WRITE_LIMIT: limiter, BATCH_LIMIT: limiter }
}

/** The kind of a statement and its table: `delete from "todos"`. */
const summary = (sql: string): string => /^\w+(?: into| from)? "?\w*"?/.exec(sql)?.[0] ?? ''

/** Collects all lines that are logged in this test file: `const lines = keepLog()`. */
export function keepLog(): string[] {
  const lines: string[] = []
  const levels = ['debug', 'log', 'info', 'warn', 'error'] as const
  let spies: { mockRestore: () => void }[] = []
  beforeAll(() => {
    spies = levels.map((level) =>
      vi.spyOn(console, level).mockImplementation((...values) => lines.push(values.map(String).join(' '))),
    )
  })
  afterAll(() => {
    for (const spy of spies) spy.mockRestore()
  })
  return lines
}
