import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import { selectActivity, toEntry } from '../activity/activity'
import { activityEntrySchema } from '../activity/schemas'
import { readCursor, writeCursor } from '../http/cursor'
import { json, readProblems, signedIn } from '../http/openapi'
import { cursorSchema, limitSchema } from '../http/paging'
import { createRouter } from '../http/router'
import { asCaller } from '../sessions/as-caller'
import { requireCaller } from '../sessions/require-user'

const list = createRoute({
  method: 'get',
  path: '/me/activity',
  operationId: 'listActivity',
  tags: ['Account'],
  summary: 'What happened to your account',
  description: 'The last 90 days, the newest entry first. It shows what happened a moment ago, too.',
  security: signedIn,
  middleware: requireCaller,
  request: { query: z.object({ limit: limitSchema, cursor: cursorSchema }) },
  responses: {
    200: json(z.object({ activity: z.array(activityEntrySchema), nextCursor: z.string().nullable() }), 'A page'),
    ...readProblems,
  },
})

export const activityRoutes = createRouter().openapi(list, async (c) => {
  const { limit, cursor } = c.req.valid('query')
  const { caller, keys, primary } = c.var
  const scope = `activity|${caller.userId}`
  const before = await readCursor(keys, scope, cursor)

  const db = primary()
  const { rows } = await asCaller(db, caller, Date.now(), () => ({
    rows: selectActivity(db, caller.userId, { limit, before: before?.id ?? null }),
  }))
  const page = rows.slice(0, limit)
  const next = (rows.length > limit && page.at(-1)) || null
  return c.json({ activity: page.map(toEntry), nextCursor: await writeCursor(keys, scope, next) }, 200)
})
