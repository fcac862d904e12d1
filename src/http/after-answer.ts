import type { Context } from 'hono'
import { traceOf } from './trace'

/** Long enough for the answer to have left. */
export const PAUSE_MS = 300

/**
 * Does a task when the answer has left. Begun at once, its first steps would delay the answer, and that delay would tell whether
 * there is a task. That it fails is logged, and concerns nobody else: the answer has been given.
 */
export function afterAnswer(c: Context, task: () => Promise<unknown>): void {
  const { requestId } = traceOf(c.req.raw)
  const done = new Promise((resolve) => setTimeout(resolve, PAUSE_MS)).then(task).catch(() => {
    console.warn(JSON.stringify({ level: 'warn', event: 'after_answer_failed', requestId }))
  })
  c.executionCtx.waitUntil(done)
}
