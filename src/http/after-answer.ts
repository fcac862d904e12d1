import type { Context } from 'hono'

/** Long enough for the answer to have left. */
export const PAUSE_MS = 300

/**
 * Does a task when the answer has left. Begun at once, its first steps would delay the answer, and that delay would tell whether
 * there is a task.
 */
export const afterAnswer = (c: Context, task: () => Promise<unknown>): void =>
  c.executionCtx.waitUntil(new Promise((resolve) => setTimeout(resolve, PAUSE_MS)).then(task))
