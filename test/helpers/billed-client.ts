import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import worker from '../../src/index'
import { holdBackgroundTasks } from './after-answer'
import { Client } from './client'
import { logLines } from './log-lines'
import { type Bill, recordingBindings } from './recorder'
import type { Timers } from './timers'

/** What one request costs, with all that goes on after its answer. */
export interface Cost extends Bill {
  method: string
  path: string
  status: number
  /** The longest chain of calls to D1 and KV that wait for one another, until the answer. */
  depth: number
  /** Calls to D1. A batch is one. */
  calls: number
  /** Lines in the log. */
  lines: number
}

/**
 * A client, and what a request of it costs.
 * @param timers when nothing else is under way, they end at once, so that nobody waits for what the Worker does some seconds later
 * @param statements gets all SQL, with the newest parameters
 */
export function billedClient(timers: Timers, statements: Map<string, unknown[]>) {
  let last: Cost | undefined
  const client = new Client({}, async (request) => {
    // Each request has bindings of its own, so that nothing of the request before is counted.
    const { DB, KV, bill, cost, isWaiting } = recordingBindings(statements)
    const context = createExecutionContext()
    const tasks = new Set<Promise<unknown>>()
    context.waitUntil = (task) => {
      tasks.add(task)
      task.finally(() => tasks.delete(task)).catch(() => undefined)
    }
    const settle = async () => {
      while (tasks.size > 0) {
        await new Promise((resolve) => setTimeout(resolve, 0))
        if (!isWaiting()) timers.fireAll()
      }
    }
    const answers: Response[] = []
    let depth = 0
    const { lines } = await logLines(async () => {
      await holdBackgroundTasks(async () => {
        const response = await worker.fetch(request, { ...env, DB, KV }, context)
        answers.push(response.body === null ? response : new Response(await response.arrayBuffer(), response))
        depth = cost().depth
      })
      await settle()
    })
    const [answer = Response.error()] = answers
    const { pathname } = new URL(request.url)
    const { method } = request
    last = { method, path: pathname, status: answer.status, depth, calls: cost().d1, ...bill, lines: lines.length }
    return answer
  })
  /** What the last request of `act` cost. */
  const costOf = async (act: (client: Client) => Promise<unknown>): Promise<Cost> => {
    await act(client)
    if (!last) throw new Error('There was no request')
    return last
  }
  return { client, costOf }
}
