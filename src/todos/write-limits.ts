import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../context'
import { countAtEdge } from '../http/edge-limit'

/*
 * How often a user may change to-dos. Both come after `requireCaller`, which says who the user is. A batch may be large, so its limit
 * comes before its body is read.
 */

export const limitWrites = createMiddleware<AppEnv>(async (c, next) => {
  await countAtEdge(c.env.WRITE_LIMIT, 'writes', c.get('caller').userId)
  await next()
})

export const limitBatches = createMiddleware<AppEnv>(async (c, next) => {
  await countAtEdge(c.env.BATCH_LIMIT, 'batches', c.get('caller').userId)
  await next()
})
