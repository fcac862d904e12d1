import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../context'
import { countAtEdge } from '../http/edge-limit'

/*
 * How often a user may change to-dos. Both come after `requireCaller`, which says who the user is. A batch may be large, so its limit
 * comes before its body is read.
 */

declare module '../context' {
  interface Variables {
    /** Set by both: counts as many more changes of the caller. See `count-followers.ts`. */
    countWrites: (times: number) => Promise<void>
  }
}

/** What counts more changes of the caller later, when it is known how many there are. */
const writesOf =
  ({ env, var: { caller } }: Context<AppEnv>) =>
  (times: number): Promise<void> =>
    countAtEdge(env.WRITE_LIMIT, 'writes', caller.userId, times)

export const limitWrites = createMiddleware<AppEnv>(async (c, next) => {
  await countAtEdge(c.env.WRITE_LIMIT, 'writes', c.get('caller').userId)
  c.set('countWrites', writesOf(c))
  await next()
})

export const limitBatches = createMiddleware<AppEnv>(async (c, next) => {
  await countBatches(c, 1)
  c.set('countWrites', writesOf(c))
  await next()
})

/** Counts as so many batches of the caller. */
export const countBatches = (c: Context<AppEnv>, times: number): Promise<void> =>
  countAtEdge(c.env.BATCH_LIMIT, 'batches', c.get('caller').userId, times)
