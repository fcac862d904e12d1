import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import { batchNamed } from '../db/batch-named'
import { readCursor, writeCursor } from '../http/cursor'
import { jsonOf } from '../http/openapi'
import { cursorSchema, limitSchema } from '../http/paging'
import { createRouter } from '../http/router'
import { actSchema, recordOverview, selectActs, toAct } from './acts'
import { readCounters } from './counters'
import { forOperators, readProblemsOfOperators } from './openapi'
import { countersSchema } from './schemas'

const counters = createRoute({
  ...forOperators,
  method: 'get',
  path: '/counters',
  operationId: 'getCounters',
  summary: 'Sign-ups, log-ins, messages and guesses of the last 24 hours',
  description:
    'What D1 knows. It counts the newest 20,000 entries of the activity. How many codes were verified, and how many requests each limit has refused, is in Analytics Engine.',
  responses: { 200: jsonOf(countersSchema, 'The counters'), ...readProblemsOfOperators },
})

const acts = createRoute({
  ...forOperators,
  method: 'get',
  path: '/acts',
  operationId: 'listActs',
  summary: 'What operators have done',
  description: 'The newest first. The record is never changed, and an act on an account that was erased has its id.',
  request: { query: z.object({ limit: limitSchema, cursor: cursorSchema }) },
  responses: {
    200: jsonOf(() => z.object({ acts: z.array(actSchema()), nextCursor: z.string().nullable() }), 'A page'),
    ...readProblemsOfOperators,
  },
})

const SCOPE = 'operator acts'

export const overviewRoutes = createRouter()
  .openapi(counters, async (c) => {
    const { config, operator, primary } = c.var
    return c.json(await readCounters(primary(), config, { operator, now: Date.now() }), 200)
  })
  .openapi(acts, async (c) => {
    const { limit, cursor } = c.req.valid('query')
    const { keys, operator, primary } = c.var
    const before = await readCursor(keys, SCOPE, cursor)
    const db = primary()
    const { rows } = await batchNamed(db, {
      rows: selectActs(db, { limit, before: before?.id ?? null }),
      act: recordOverview(db, { operator, act: 'acts', now: Date.now() }),
    })
    const page = rows.slice(0, limit)
    const next = (rows.length > limit && page.at(-1)) || null
    return c.json({ acts: page.map(toAct), nextCursor: await writeCursor(keys, SCOPE, next) }, 200)
  })
