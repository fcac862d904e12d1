import type { Context } from 'hono'
import { readD1Error } from '../db/d1-errors'
import { traceOf } from './trace'

/** After this long the answer has left. */
export const PAUSE_MS = 300

/**
 * Runs a task after the answer has left. If it began at once, its first steps would delay the answer, and the delay would
 * tell the client that there is a task. A failure is only logged, because the answer has already been given.
 */
export function afterAnswer(c: Context, task: () => Promise<unknown>): void {
  const { requestId } = traceOf(c.req.raw)
  const done = new Promise((resolve) => setTimeout(resolve, PAUSE_MS)).then(task).catch((error: unknown) => {
    const d1 = readD1Error(error)?.text
    console.warn(JSON.stringify({ level: 'warn', event: 'after_answer_failed', requestId, d1 }))
  })
  c.executionCtx.waitUntil(done)
}
