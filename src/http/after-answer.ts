import type { Context } from 'hono'

/**
 * Begins a task once the answer is on its way, and lets it go on after it. Begun at once, its first steps would be made before
 * the answer, and their time would tell what they are.
 */
export const afterAnswer = (c: Context, task: () => Promise<unknown>): void =>
  c.executionCtx.waitUntil(new Promise((resolve) => setTimeout(resolve, 0)).then(task))
